using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>What every block of one forward pass sees.</summary>
/// <param name="Video">Of the video stream; null when it is absent.</param>
/// <param name="Audio">Of the audio stream; null when it is absent.</param>
/// <param name="Batch">Samples.</param>
/// <param name="Perturbations">Layers to skip.</param>
public sealed record EvaluationInputs(StreamInputs? Video, StreamInputs? Audio, long Batch, IReadOnlyList<Perturbation> Perturbations)
{
    /// <summary>The samples that skip a layer in a block; null when none does.</summary>
    internal SkippedSamples? Skipped(SkippedLayer layer, int block) => Perturbation.Of(Perturbations, layer, block, Batch);
}
