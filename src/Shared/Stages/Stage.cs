using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// One unit of work in a clip's plan, executed on one machine. It reads the artefacts in <see cref="Inputs"/>, writes those in
/// <see cref="Outputs"/> and depends on nothing else but the model. Each type is one stage kind (<see cref="StageKinds"/>).
/// </summary>
public abstract record Stage
{
    /// <summary>Id of the stage, unique in its plan: <c>denoise-1</c>, <c>decode-video-0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Names of the artefacts that the stage reads.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of the artefacts that the stage writes.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> Outputs { get; }
}
