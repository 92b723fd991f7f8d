using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>Inputs shared by all blocks of one transformer evaluation.</summary>
/// <param name="Video">Null when the video stream is absent.</param>
/// <param name="Audio">Null when the audio stream is absent.</param>
/// <param name="Batch">Number of samples.</param>
/// <param name="Perturbations">Layers to skip.</param>
public sealed record EvaluationInputs(StreamInputs? Video, StreamInputs? Audio, long Batch, IReadOnlyList<Perturbation> Perturbations)
{
    /// <summary>Returns the samples that skip a layer in a block; null when none does.</summary>
    internal SkippedSamples? Skipped(SkippedLayer layer, int block) => Perturbation.Of(Perturbations, layer, block, Batch);
}
