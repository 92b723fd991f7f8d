using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Stages;

/// <summary>The stages of a clip.</summary>
/// <param name="Stages">The stages in topological order; the last one writes <see cref="Clip"/>.</param>
/// <param name="ExternalInputs">Artefacts that exist before the first stage, by name: the conditioning images.</param>
/// <param name="Clip">Name of the artefact with the finished clip.</param>
public sealed record StagePlan(IReadOnlyList<Stage> Stages, IReadOnlyDictionary<string, BlobRef> ExternalInputs, string Clip);
