using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Layers.Streaming;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// LTX-2's diffusion transformer for video, audio or both at once; versions 2.0 and 2.3. Keys below <c>model.diffusion_model</c>: the keys
/// of <see cref="TransformerStream"/> and <c>transformer_blocks.N</c>.
/// </summary>
public sealed class LtxTransformer : nn.Module
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "model.diffusion_model";

    /// <summary>Key of the list of blocks, below <see cref="KeyPrefix"/>.</summary>
    internal const string BlocksKey = "transformer_blocks";

    private readonly Device _device;
    private readonly ILayerSequence<TransformerBlock> _blocks;
    private readonly TransformerStream video;
    private readonly TransformerStream? audio;

    /// <summary>Reads the weights from <paramref name="scope"/>, positioned at <see cref="KeyPrefix"/>.</summary>
    /// <param name="blocks">Source of the blocks, disposed with the transformer; null keeps all blocks in memory.</param>
    public LtxTransformer(WeightScope scope, TransformerConfig config, ILayerSequence<TransformerBlock>? blocks = null)
        : base(nameof(LtxTransformer))
    {
        Config = config;
        _device = scope.Compute.Device;
        video = new TransformerStream(scope, config, config.Video);
        audio = config.Audio is { } stream ? new TransformerStream(scope, config, stream) : null;
        _blocks = blocks ?? new ResidentLayers<TransformerBlock>(Enumerable.Range(0, config.Layers)
            .Select(index => new TransformerBlock(scope.Sub(BlocksKey).Sub(index), config, index)));
        RegisterComponents();
    }

    public TransformerConfig Config { get; }

    /// <summary>Returns the rotations of video tokens.</summary>
    /// <param name="positions">(B, 3, T, 2): start and end on the axes time (seconds), height and width (pixels); float32.</param>
    public StreamRotation VideoRotation(Tensor positions) => Rotation(positions, Config.Video);

    /// <summary>Returns the rotations of audio tokens.</summary>
    /// <param name="positions">(B, 1, T, 2): start and end in seconds; float32.</param>
    public StreamRotation AudioRotation(Tensor positions) => Rotation(positions, RequireAudio());

    /// <summary>Predicts the velocity of every token.</summary>
    /// <param name="video">Null when absent.</param>
    /// <param name="audio">Null when absent.</param>
    /// <param name="perturbations">Layers to skip.</param>
    /// <param name="cancellationToken">Honoured between blocks, because an evaluation of a long clip takes minutes.</param>
    /// <returns>(B, T, C) for each given stream, in the compute dtype.</returns>
    public StreamTokens Forward(
        ModalityInput? video, ModalityInput? audio = null, IReadOnlyList<Perturbation>? perturbations = null,
        CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        var tokens = Embed(video, audio);
        var evaluation = Prepare(video, audio, perturbations);
        for (var index = 0; index < _blocks.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = RunBlock(index, tokens, evaluation);
            tokens.Dispose();
            tokens = next;
        }

        return Finish(tokens, evaluation).MoveToOuterDisposeScope();
    }

    /// <summary>Converts the tokens to hidden states (B, T, D), the input of the first block.</summary>
    public StreamTokens Embed(ModalityInput? video, ModalityInput? audio)
    {
        if (video is null && audio is null)
            throw new ArgumentException("The transformer requires video or audio tokens.");
        if (audio is not null)
            RequireAudio();
        return new StreamTokens(
            video is null ? null : this.video.Embed(video.Latent), audio is null ? null : this.audio!.Embed(audio.Latent));
    }

    /// <summary>Returns the inputs shared by all blocks of one evaluation; the tensors belong to the current dispose scope.</summary>
    public EvaluationInputs Prepare(ModalityInput? video, ModalityInput? audio, IReadOnlyList<Perturbation>? perturbations)
    {
        var batch = (video ?? audio!).Latent.shape[0];
        return new EvaluationInputs(
            video is null ? null : this.video.Prepare(video, audio?.Sigma),
            audio is null ? null : this.audio!.Prepare(audio, video?.Sigma),
            batch,
            perturbations ?? []);
    }

    /// <summary>Returns the hidden states after block <paramref name="index"/>.</summary>
    public StreamTokens RunBlock(int index, StreamTokens tokens, EvaluationInputs evaluation)
    {
        var block = _blocks.Take(index);
        try
        {
            return block.Forward(tokens, evaluation);
        }
        finally
        {
            _blocks.Release(block);
        }
    }

    /// <summary>Returns the velocities (B, T, C) from the hidden states after the last block.</summary>
    public StreamTokens Finish(StreamTokens tokens, EvaluationInputs evaluation) => new(
        tokens.Video is null ? null : video.Finish(tokens.Video, evaluation.Video!.Modulation),
        tokens.Audio is null ? null : audio!.Finish(tokens.Audio, evaluation.Audio!.Modulation));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _blocks.Dispose();
        base.Dispose(disposing);
    }

    private StreamConfig RequireAudio() =>
        Config.Audio ?? throw new ArgumentException("This checkpoint is video-only; it does not accept audio.");

    private StreamRotation Rotation(Tensor positions, StreamConfig stream)
    {
        using var scope = TensorScope.Open();
        var onCpu = positions.cpu().to(ScalarType.Float32);
        var points = Config.MiddlePositions ? (onCpu.select(-1, 0) + onCpu.select(-1, 1)) / 2 : onCpu.select(-1, 0);
        var self = Table(points, stream.MaxPositions, stream.Heads, stream.InnerDim);
        if (Config.Audio is not { } audioStream)
            return new StreamRotation(self, null);

        // Cross-modal attention rotates over time only, with the audio stream's heads on both sides (docs/reference/transformer.md,
        // facts 11 and 12).
        var longest = Math.Max(Config.Video.MaxPositions[0], audioStream.MaxPositions[0]);
        return new StreamRotation(self, Table(points.narrow(1, 0, 1), [longest], audioStream.Heads, audioStream.ContextDim));
    }

    private RotaryTable Table(Tensor points, IReadOnlyList<double> maxPositions, long heads, long dim)
    {
        using var scope = TensorScope.Open();
        var table =
            RotaryEmbedding.Table(points, maxPositions, Config.RopeTheta, heads, dim, Config.RopeLayout, Config.DoublePrecisionGrid);
        return new RotaryTable(
            table.Cos.to(_device).DetachFromDisposeScope(),
            table.Sin.to(_device).DetachFromDisposeScope(),
            table.Layout);
    }
}
