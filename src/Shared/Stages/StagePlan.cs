using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Stages;

/// <summary>What one clip consists of: stages in an order in which each comes after those whose outputs it reads.</summary>
/// <param name="Stages">The stages; the last one writes <see cref="Clip"/>.</param>
/// <param name="ExternalInputs">Artefacts that exist before the first stage: the conditioning images.</param>
/// <param name="Clip">The name of the artefact that is the finished clip.</param>
public sealed record StagePlan(IReadOnlyList<Stage> Stages, IReadOnlyDictionary<string, BlobRef> ExternalInputs, string Clip);
