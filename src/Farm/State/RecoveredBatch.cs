using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Farm.Commands;

namespace MlxVideo.Farm.State;

/// <summary>The part of a batch that its request does not determine; <see cref="StateRecovery"/> rebuilds the batch from it.</summary>
/// <param name="Served">See <see cref="Batch"/>.</param>
/// <param name="Failures">See <see cref="Batch.Failures"/>.</param>
public sealed record RecoveredBatch(
    string Id, BatchRequest Request, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, string? Model, ModelBinding? Binding,
    double Served, IReadOnlyDictionary<int, RecoveredClip> Clips, IReadOnlyDictionary<WorkerKind, int> Failures)
{
    /// <summary>See <see cref="Batch.IsPaused"/>.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Known arithmetic of the models that clips name instead of the batch's (<see cref="Batch.ModelsOfClips"/>).</summary>
    public IReadOnlyList<ModelBinding> BindingsOfClips { get; init; } = [];
}

/// <summary>The part of a clip that its request does not determine.</summary>
/// <param name="Artefacts">Existing artefacts by name, including those that the request names.</param>
/// <param name="Stages">Status of its stages, by stage id; stages that are left out wait for their inputs.</param>
/// <param name="Losses">See <see cref="Clip.Losses"/>.</param>
public sealed record RecoveredClip(
    ClipState State, string? Error, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Framemd5,
    IReadOnlyDictionary<string, BlobRef> Artefacts, IReadOnlyDictionary<string, StageStatus> Stages,
    IReadOnlyDictionary<string, int> Losses);
