using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Fresh noise for the steps of a sampler, from a generator apart from that of the clip's initial noise. Step n of a resumed loop gets the
/// noise that it would have had.
/// </summary>
internal sealed class StepNoise : IDisposable
{
    private readonly Generator _generator;

    /// <param name="seed">The clip's seed.</param>
    /// <param name="stream">Number of the generator; generators with different numbers are independent.</param>
    public StepNoise(long seed, int stream) => _generator = new Generator((uint)(seed + (10_000L * stream)));

    /// <summary>Returns standard normal noise of a tensor's shape, on the CPU.</summary>
    public Tensor Draw(Tensor like, ScalarType dtype) => randn(like.shape, dtype, CPU, generator: _generator);

    /// <summary>Repeats a draw and discards it.</summary>
    public void Skip(Tensor like, ScalarType dtype) => Draw(like, dtype).Dispose();

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
