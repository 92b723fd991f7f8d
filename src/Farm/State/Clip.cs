using System.Collections.Immutable;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.State;

/// <summary>A clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data.</param>
/// <param name="Output">File name relative to the client's output folder.</param>
/// <param name="Constraints">Priority, deadline and eligible workers.</param>
/// <param name="SubmittedAt">When its batch was submitted.</param>
/// <param name="Work">The scheduler's view of its stages, by stage id.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="StartedAt">When its first stage was assigned.</param>
/// <param name="EndedAt">When it was finished, failed or cancelled.</param>
/// <param name="Framemd5">MD5 of the finished clip's framemd5 listing.</param>
/// <param name="Artefacts">The plan's existing artefacts, by name.</param>
/// <param name="Stages">Status of its stages, by stage id.</param>
public sealed record Clip(
    int Row, string Output, ClipConstraints Constraints, DateTimeOffset SubmittedAt, RenderSettings Settings, StagePlan Plan,
    ImmutableSortedDictionary<string, StageWork> Work,
    ClipState State, string? Error, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Framemd5,
    ImmutableDictionary<string, BlobRef> Artefacts, ImmutableSortedDictionary<string, StageStatus> Stages)
{
    /// <summary>True while it can still be finished.</summary>
    public bool IsOpen => State is ClipState.Waiting or ClipState.Rendering;

    /// <summary>How often each artefact was lost, by name; artefacts that were never lost are omitted.</summary>
    public ImmutableDictionary<string, int> Losses { get; init; } = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Digest of the model that renders it; null for the batch's.</summary>
    public string? Model { get; init; }

    /// <summary>Its position in its batch.</summary>
    public ClipOrder Order => new(Constraints.Priority, Constraints.Deadline, Row);

    /// <summary>Returns the stages that can be assigned now.</summary>
    public IEnumerable<Stage> ReadyStages() =>
        IsOpen ? Plan.Stages.Where(stage => Stages[stage.Id].State == StageState.Ready) : [];

    /// <summary>True when one of its ready stages is for a worker.</summary>
    public bool HasStageForWorker => ReadyStages().Any(stage => Work[stage.Id].Component is not null);

    /// <summary>True when all inputs of a stage exist.</summary>
    public bool HasInputsOf(Stage stage) => stage.Inputs.All(Artefacts.ContainsKey);

    public Stage Stage(string id) => Plan.Stages.Single(stage => stage.Id == id);
}
