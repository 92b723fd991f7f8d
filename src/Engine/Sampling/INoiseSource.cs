using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Source of a clip's noise, drawn in the official order.</summary>
public interface INoiseSource : IDisposable
{
    /// <summary>Returns the next draw: (1, tokens, channels), standard normal, float32, on the CPU.</summary>
    Tensor Draw(long tokens, long channels);

    /// <summary>Skips a draw of an earlier stage.</summary>
    void Skip(NoiseDraw draw, long channels);
}
