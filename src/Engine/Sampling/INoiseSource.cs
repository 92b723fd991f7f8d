using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Where a clip's noise comes from, draw after draw in the official order.</summary>
public interface INoiseSource : IDisposable
{
    /// <summary>The next draw: (1, tokens, channels), standard normal, float32, on the CPU.</summary>
    Tensor Draw(long tokens, long channels);

    /// <summary>Passes over what an earlier stage drew.</summary>
    void Skip(NoiseDraw draw, long channels);
}
