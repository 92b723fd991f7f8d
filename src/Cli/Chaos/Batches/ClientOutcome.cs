namespace MlxVideo.Cli.Chaos.Batches;

/// <summary>The outcome of a batch for its client.</summary>
/// <param name="Folder">The client's output folder.</param>
/// <param name="Runs">How often the client was started until it succeeded or gave up.</param>
/// <param name="Error">Why the batch was not delivered; null when the client reported success.</param>
public sealed record ClientOutcome(string Folder, int Runs, string? Error);
