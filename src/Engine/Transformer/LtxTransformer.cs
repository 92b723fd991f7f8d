using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Linear = MlxVideo.Engine.Layers.Linear;

namespace MlxVideo.Engine.Transformer;

/// <summary>What the transformer sees of one denoising step.</summary>
/// <param name="Latent">(B, T, C) tokens.</param>
/// <param name="Timesteps">(B, T) or (B, 1) float32: denoise mask times sigma, 0 … 1.</param>
/// <param name="Positions">(B, 3, T, 2) float32 on the CPU: start and end in seconds and pixels.</param>
/// <param name="Context">(B, L, caption channels): the text context.</param>
/// <param name="ContextMask">(B, L), 1 for tokens to keep; null for all.</param>
/// <param name="SelfAttentionMask">(B, T, T) in 0 … 1; null for none.</param>
public sealed record TransformerInput(
    Tensor Latent, Tensor Timesteps, Tensor Positions, Tensor Context, Tensor? ContextMask = null, Tensor? SelfAttentionMask = null);

/// <summary>
/// LTX-2's diffusion transformer, video stream. Keys below <c>model.diffusion_model</c>: <c>patchify_proj,
/// caption_projection, adaln_single, transformer_blocks.N, scale_shift_table, proj_out</c>.
/// </summary>
public sealed class LtxTransformer : nn.Module
{
    /// <summary>Where the transformer lies in a single-file checkpoint.</summary>
    public const string KeyPrefix = "model.diffusion_model";

    private readonly TransformerConfig _config;
    private readonly ScalarType _dtype;
    private readonly Linear patchify_proj;
    private readonly Linear caption_linear_1;
    private readonly Linear caption_linear_2;
    private readonly AdaptiveNorm adaln_single;
    private readonly ModuleList<TransformerBlock> transformer_blocks;
    private readonly Tensor scale_shift_table;
    private readonly Linear proj_out;

    /// <summary>Takes the weights from <paramref name="scope"/>, which stands at <see cref="KeyPrefix"/>.</summary>
    public LtxTransformer(WeightScope scope, TransformerConfig config)
        : base(nameof(LtxTransformer))
    {
        _config = config;
        _dtype = scope.Compute.Dtype;
        patchify_proj = new Linear(scope.Sub("patchify_proj"), config.InChannels, config.InnerDim);
        caption_linear_1 = new Linear(scope.Sub("caption_projection.linear_1"), config.CaptionChannels, config.InnerDim);
        caption_linear_2 = new Linear(scope.Sub("caption_projection.linear_2"), config.InnerDim, config.InnerDim);
        adaln_single = new AdaptiveNorm(scope.Sub("adaln_single"), config.InnerDim, rows: 6);
        var blocks = Enumerable.Range(0, config.Layers).Select(index => new TransformerBlock(scope.Sub("transformer_blocks").Sub(index), config));
        transformer_blocks = new ModuleList<TransformerBlock>(blocks.ToArray());
        scale_shift_table = scope.Weight("scale_shift_table", 2, config.InnerDim);
        proj_out = new Linear(scope.Sub("proj_out"), config.InnerDim, config.InChannels);
        RegisterComponents();
    }

    /// <summary>Predicts the velocity of every token: (B, T, C), the compute dtype.</summary>
    /// <param name="input">The step.</param>
    /// <param name="skipSelfAttention">Blocks whose self-attention is replaced by its values (spatio-temporal guidance).</param>
    public Tensor Forward(TransformerInput input, IReadOnlySet<int>? skipSelfAttention = null)
    {
        using var scope = NewDisposeScope();
        var x = patchify_proj.forward(input.Latent.to(_dtype));
        var modulation = adaln_single.Forward(input.Timesteps * _config.TimestepScale);
        var inputs = new BlockInputs(
            modulation,
            caption_linear_2.forward(Gelu.Tanh(caption_linear_1.forward(input.Context.to(_dtype)))),
            AdditiveMasks.OfContext(input.ContextMask, _dtype),
            Rotation(input.Positions, x.device),
            AdditiveMasks.OfWeights(input.SelfAttentionMask, _dtype));
        for (var block = 0; block < _config.Layers; block++)
        {
            var next = transformer_blocks[block].Forward(x, inputs, skipSelfAttention?.Contains(block) ?? false);
            x.Dispose();
            x = next;
        }

        var normed = F.layer_norm(x, [_config.InnerDim], eps: _config.NormEpsilon);
        var shift = modulation.EmbeddedPlus(scale_shift_table[0]);
        var scale = modulation.EmbeddedPlus(scale_shift_table[1]);
        return proj_out.forward(normed * (scale + 1) + shift).MoveToOuterDisposeScope();
    }

    private RotaryTable Rotation(Tensor positions, Device device)
    {
        using var scope = NewDisposeScope();
        var middles = (positions.select(-1, 0) + positions.select(-1, 1)) / 2;
        var table = RotaryEmbedding.Table(middles, _config.MaxPositions, _config.RopeTheta, _config.Heads, _config.InnerDim);
        return new RotaryTable(table.Cos.to(_dtype, device).MoveToOuterDisposeScope(), table.Sin.to(_dtype, device).MoveToOuterDisposeScope());
    }
}
