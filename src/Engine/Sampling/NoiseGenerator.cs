using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// A clip's only noise source: one CPU generator that draws in the official order, video and audio of denoise pass 1, then video and audio
/// of denoise pass 2 (docs/reference/pipelines.md, facts 1 to 3). A stage on another machine skips the earlier draws.
/// </summary>
public sealed class NoiseGenerator : INoiseSource
{
    private readonly Generator _generator;

    /// <summary>Creates a generator at the first draw of <paramref name="seed"/>.</summary>
    public NoiseGenerator(long seed) => _generator = new Generator((ulong)seed);

    /// <summary>Returns standard normal noise (1, tokens, channels), float32, CPU; tokens include appended conditioning tokens.</summary>
    public Tensor Draw(long tokens, long channels) => randn([1, tokens, channels], ScalarType.Float32, CPU, generator: _generator);

    /// <summary>Repeats an earlier stage's draw and discards it.</summary>
    /// <param name="channels">Channels per token of the draw's modality.</param>
    public void Skip(NoiseDraw draw, long channels)
    {
        using var noise = Draw(draw.Tokens, channels);
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
