using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Shared.Batches;

/// <summary>Constraints on where and when a clip is rendered; they do not affect its content.</summary>
/// <param name="Priority">Priority class; higher goes first.</param>
/// <param name="Deadline">Desired completion time; null for none.</param>
/// <param name="Preempts">True when the clip preempts running stages of lower priority classes.</param>
/// <param name="Tag">Restricts the clip to workers with this tag; null for all workers.</param>
public sealed record ClipConstraints(
    [property: Range(ClipConstraintsRules.MinPriority, ClipConstraintsRules.MaxPriority)] int Priority = 0, DateTimeOffset? Deadline = null,
    bool Preempts = false, [property: Length(1, ClipConstraintsRules.MaxTagLength)] string? Tag = null);
