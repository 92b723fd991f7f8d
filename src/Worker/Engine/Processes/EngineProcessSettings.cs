namespace MlxVideo.Worker.Engine.Processes;

/// <summary>Settings of the engine process.</summary>
/// <param name="Program">The program to start.</param>
/// <param name="Arguments">Its arguments, followed by a unique id.</param>
/// <param name="DataFolder">The worker's data folder.</param>
/// <param name="StopTimeout">How long a cancelled stage may take to stop before the process is killed.</param>
public sealed record EngineProcessSettings(string Program, IReadOnlyList<string> Arguments, string DataFolder, TimeSpan StopTimeout);
