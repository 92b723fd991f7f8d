namespace MlxVideo.Shared.Api;

/// <summary>The models of the workers in the farm that serve their files to other workers.</summary>
public sealed record FarmModels(IReadOnlyList<HeldModel> Models);

/// <summary>A model in the farm.</summary>
/// <param name="Digest">Digest of the model.</param>
/// <param name="Names">Its display names, which its workers choose; at least one.</param>
/// <param name="Sources">Addresses of workers that have the model.</param>
public sealed record HeldModel(string Digest, IReadOnlyList<string> Names, IReadOnlyList<string> Sources);
