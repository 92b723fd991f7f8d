using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// One step of a clip that runs on one machine: it reads the artefacts named by <see cref="Inputs"/>, writes those named
/// by <see cref="Outputs"/>, and depends on nothing else but the model. Each type is one stage kind (<see cref="StageKinds"/>).
/// </summary>
public abstract record Stage
{
    /// <summary>The stage's name, unique in its plan: <c>denoise-1</c>, <c>decode-video-0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Artefacts that it reads, by their names in the plan.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> Inputs { get; }

    /// <summary>Artefacts that it writes, by their names in the plan.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> Outputs { get; }
}
