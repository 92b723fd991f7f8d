using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>
/// Regenerates only a time interval: tokens that overlap it get mask 1, all others 0 (docs/reference/pipelines.md, fact 20: retake).
/// Works on video and audio tokens.
/// </summary>
/// <param name="Start">In seconds.</param>
/// <param name="End">In seconds.</param>
public sealed record RegenerateInterval(double Start, double End)
{
    /// <summary>Returns the state with its mask replaced.</summary>
    public LatentState Apply(LatentState state)
    {
        using var scope = TensorScope.Open();
        var time = state.Positions.select(1, 0);
        var overlaps = (time.select(-1, 1) > (float)Start).logical_and(time.select(-1, 0) < (float)End);
        return state with { DenoiseMask = overlaps.to(ScalarType.Float32).unsqueeze(-1).MoveToOuterDisposeScope() };
    }
}
