using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// Extracts a prompt's features from Gemma's hidden states. Keys below <see cref="KeyPrefix"/>: <c>aggregate_embed</c> (LTX-2.0),
/// <c>video_aggregate_embed</c> and <c>audio_aggregate_embed</c> (LTX-2.3).
/// </summary>
public sealed class FeatureExtractor : nn.Module
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "text_embedding_projection";

    private readonly FeatureConfig _config;
    private readonly TensorKernels _kernels;
    private readonly StateProjection video_aggregate_embed;
    private readonly StateProjection? audio_aggregate_embed;

    /// <summary>Reads the weights from <paramref name="scope"/>, positioned at <see cref="KeyPrefix"/>.</summary>
    public FeatureExtractor(WeightScope scope, FeatureConfig config)
        : base(nameof(FeatureExtractor))
    {
        (_config, _kernels) = (config, scope.Compute.Kernels);
        video_aggregate_embed = config.PerStream
            ? OfStream(scope.Sub("video_aggregate_embed"), config.VideoWidth)
            : new StateProjection(scope.Sub("aggregate_embed"), config, config.VideoWidth, gain: 1, hasBias: false);
        audio_aggregate_embed = config is { PerStream: true, AudioWidth: { } width }
            ? OfStream(scope.Sub("audio_aggregate_embed"), width)
            : null;
        Projections = audio_aggregate_embed is null ? [video_aggregate_embed] : [video_aggregate_embed, audio_aggregate_embed];
        RegisterComponents();
    }

    /// <summary>Starts the sum over the hidden states of B prompts.</summary>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public FeatureSum Start(Tensor mask) => new(this, mask);

    /// <summary>Returns the normed hidden state (B, S, D), the projection's input.</summary>
    /// <param name="hiddenState">(B, S, D)</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public Tensor Normalize(Tensor hiddenState, Tensor mask) =>
        _config.PerStream ? HiddenStateNorms.OfEachToken(_kernels, hiddenState, mask) : HiddenStateNorms.OverTokens(hiddenState, mask);

    /// <summary>The projections, video first; an audio stream without its own projection shares the video stream's.</summary>
    internal IReadOnlyList<StateProjection> Projections { get; }

    private StateProjection OfStream(WeightScope scope, long width) =>
        new(scope, _config, width, Math.Sqrt(width / (double)_config.HiddenSize), hasBias: true);
}
