using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// A clip's only source of noise: one CPU generator that draws in the official order, stage-1 video, stage-1 audio,
/// stage-2 video, stage-2 audio (docs/reference/pipelines.md, facts 1 to 3). A stage on another machine skips the earlier draws.
/// </summary>
public sealed class NoiseGenerator : INoiseSource
{
    private readonly Generator _generator;

    /// <summary>Starts at the first draw of <paramref name="seed"/>.</summary>
    public NoiseGenerator(long seed) => _generator = new Generator((ulong)seed);

    /// <summary>Standard normal noise for tokens, appended conditioning tokens included: (1, tokens, channels), float32, CPU.</summary>
    public Tensor Draw(long tokens, long channels) => randn([1, tokens, channels], ScalarType.Float32, CPU, generator: _generator);

    /// <summary>Draws what an earlier stage drew, and throws it away.</summary>
    /// <param name="draw">The earlier draw.</param>
    /// <param name="channels">Channels of a token of its modality.</param>
    public void Skip(NoiseDraw draw, long channels)
    {
        using var noise = Draw(draw.Tokens, channels);
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
