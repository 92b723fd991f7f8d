namespace MlxVideo.Shared.Batches;

/// <summary>Constraints on where and when a clip is rendered; they change no frame.</summary>
/// <param name="Priority">Its class: higher goes first.</param>
/// <param name="Deadline">When it should be finished; null for no hurry.</param>
/// <param name="Preempts">Whether running stages of lower classes are stopped for it.</param>
/// <param name="Tag">It runs on workers of this tag only; null for all.</param>
public sealed record ClipConstraints(int Priority = 0, DateTimeOffset? Deadline = null, bool Preempts = false, string? Tag = null);
