using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// LTX-2's diffusion transformer: video, audio, or both at once; versions 2.0 and 2.3. Keys below
/// <c>model.diffusion_model</c>: those of <see cref="TransformerStream"/> and <c>transformer_blocks.N</c>.
/// </summary>
public sealed class LtxTransformer : nn.Module
{
    /// <summary>Where the transformer lies in a single-file checkpoint.</summary>
    public const string KeyPrefix = "model.diffusion_model";

    private readonly Device _device;
    private readonly ITransformerBlocks _blocks;
    private readonly TransformerStream video;
    private readonly TransformerStream? audio;

    /// <summary>Takes the weights from <paramref name="scope"/>, which stands at <see cref="KeyPrefix"/>.</summary>
    /// <param name="scope">Weights.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="blocks">Where blocks come from; null keeps all of them in memory. Disposed with the transformer.</param>
    public LtxTransformer(WeightScope scope, TransformerConfig config, ITransformerBlocks? blocks = null)
        : base(nameof(LtxTransformer))
    {
        Config = config;
        _device = scope.Compute.Device;
        video = new TransformerStream(scope, config, config.Video);
        audio = config.Audio is { } stream ? new TransformerStream(scope, config, stream) : null;
        _blocks = blocks ?? new ResidentBlocks(scope, config);
        RegisterComponents();
    }

    /// <summary>The configuration that it was built from.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Rotations for video tokens.</summary>
    /// <param name="positions">(B, 3, T, 2): start and end on the axes time (seconds), height and width (pixels); float32.</param>
    public StreamRotation VideoRotation(Tensor positions) => Rotation(positions, Config.Video);

    /// <summary>Rotations for audio tokens.</summary>
    /// <param name="positions">(B, 1, T, 2): start and end in seconds; float32.</param>
    public StreamRotation AudioRotation(Tensor positions) => Rotation(positions, RequireAudio());

    /// <summary>Predicts the velocity of every token.</summary>
    /// <param name="video">The video stream; null when it is absent.</param>
    /// <param name="audio">The audio stream; null when it is absent.</param>
    /// <param name="perturbations">Layers to skip.</param>
    /// <param name="cancellationToken">Honoured between blocks: a pass over a long clip takes minutes.</param>
    /// <returns>(B, T, C) of each stream that was given, in the compute dtype.</returns>
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

    /// <summary>The tokens as hidden states (B, T, D), before the first block.</summary>
    public StreamTokens Embed(ModalityInput? video, ModalityInput? audio)
    {
        if (video is null && audio is null)
            throw new ArgumentException("The transformer needs video or audio tokens.");
        if (audio is not null)
            RequireAudio();
        return new StreamTokens(
            video is null ? null : this.video.Embed(video.Latent), audio is null ? null : this.audio!.Embed(audio.Latent));
    }

    /// <summary>What all blocks see in one evaluation; the tensors belong to the current dispose scope.</summary>
    public EvaluationInputs Prepare(ModalityInput? video, ModalityInput? audio, IReadOnlyList<Perturbation>? perturbations)
    {
        var batch = (video ?? audio!).Latent.shape[0];
        return new EvaluationInputs(
            video is null ? null : this.video.Prepare(video, audio?.Sigma),
            audio is null ? null : this.audio!.Prepare(audio, video?.Sigma),
            batch,
            perturbations ?? []);
    }

    /// <summary>The hidden states after block <paramref name="index"/>.</summary>
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

    /// <summary>The velocities (B, T, C) from the hidden states after the last block.</summary>
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
        Config.Audio ?? throw new ArgumentException("This checkpoint knows pictures only; it cannot be given sound.");

    private StreamRotation Rotation(Tensor positions, StreamConfig stream)
    {
        using var scope = TensorScope.Open();
        var onCpu = positions.cpu().to(ScalarType.Float32);
        var points = Config.MiddlePositions ? (onCpu.select(-1, 0) + onCpu.select(-1, 1)) / 2 : onCpu.select(-1, 0);
        var self = Table(points, stream.MaxPositions, stream.Heads, stream.InnerDim);
        if (Config.Audio is not { } audioStream)
            return new StreamRotation(self, null);

        // Between the modalities only time counts, in the audio stream's heads on both sides (docs/reference/transformer.md, facts 11
        // and 12).
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
