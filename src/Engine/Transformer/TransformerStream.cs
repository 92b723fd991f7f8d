using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// One modality's layers before and after the blocks. Keys, after the stream's prefix: <c>patchify_proj,
/// caption_projection, adaln_single, prompt_adaln_single, scale_shift_table, proj_out</c>; and without the prefix
/// <c>av_ca_video_scale_shift_adaln_single, av_ca_a2v_gate_adaln_single</c> (video),
/// <c>av_ca_audio_scale_shift_adaln_single, av_ca_v2a_gate_adaln_single</c> (audio).
/// </summary>
public sealed class TransformerStream : nn.Module
{
    private readonly TransformerConfig _config;
    private readonly StreamConfig _stream;
    private readonly ComputeOptions _compute;
    private readonly Linear patchify_proj;
    private readonly Linear? caption_linear_1;
    private readonly Linear? caption_linear_2;
    private readonly AdaptiveNorm adaln_single;
    private readonly AdaptiveNorm? prompt_adaln_single;
    private readonly AdaptiveNorm? cross_scale_shift;
    private readonly AdaptiveNorm? cross_gate;
    private readonly Tensor scale_shift_table;
    private readonly Linear proj_out;

    /// <summary>Reads the weights from <paramref name="scope"/>, the scope of the transformer.</summary>
    public TransformerStream(WeightScope scope, TransformerConfig config, StreamConfig stream)
        : base(nameof(TransformerStream))
    {
        (_config, _stream, _compute) = (config, stream, scope.Compute);
        var (prefix, dim) = (stream.KeyPrefix, stream.InnerDim);
        patchify_proj = new Linear(scope.Sub($"{prefix}patchify_proj"), stream.InChannels, dim);
        if (stream.CaptionChannels is { } captions)
        {
            caption_linear_1 = new Linear(scope.Sub($"{prefix}caption_projection.linear_1"), captions, dim);
            caption_linear_2 = new Linear(scope.Sub($"{prefix}caption_projection.linear_2"), dim, dim);
        }

        adaln_single = new AdaptiveNorm(scope.Sub($"{prefix}adaln_single"), dim, StreamBlock.ModulationRows(config));
        prompt_adaln_single = config.ModulatesText ? new AdaptiveNorm(scope.Sub($"{prefix}prompt_adaln_single"), dim, rows: 2) : null;
        if (config.Audio is not null)
        {
            var (name, direction) = stream == config.Video ? ("video", "a2v") : ("audio", "v2a");
            cross_scale_shift = new AdaptiveNorm(scope.Sub($"av_ca_{name}_scale_shift_adaln_single"), dim, CrossModalLayers.ModulationRows);
            cross_gate = new AdaptiveNorm(scope.Sub($"av_ca_{direction}_gate_adaln_single"), dim, rows: 1);
        }

        scale_shift_table = scope.Weight($"{prefix}scale_shift_table", 2, dim);
        proj_out = new Linear(scope.Sub($"{prefix}proj_out"), dim, stream.OutChannels);
        RegisterComponents();
    }

    /// <summary>Converts latent tokens (B, T, C) to hidden states (B, T, D).</summary>
    public Tensor Embed(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return patchify_proj.forward(latent.to(_compute.Dtype, _compute.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the blocks' inputs for this modality; the tensors belong to the current dispose scope.</summary>
    /// <param name="otherSigma">(B): the other modality's sigma; null when that modality is absent.</param>
    public StreamInputs Prepare(ModalityInput input, Tensor? otherSigma)
    {
        var timesteps = input.Timesteps.cpu();
        var scaled = timesteps * (float)_config.TimestepScale;
        var sigma = input.Sigma.cpu().unsqueeze(-1) * (float)_config.TimestepScale;
        return new StreamInputs(
            adaln_single.Forward(scaled),
            prompt_adaln_single?.Forward(sigma),
            Project(input.Context.to(_compute.Dtype, _compute.Device)),
            AdditiveMasks.OfContext(input.ContextMask?.to(_compute.Device), _compute.Dtype),
            AdditiveMasks.OfWeights(input.SelfAttentionWeights?.to(_compute.Device), _compute.Dtype),
            input.Rotation,
            otherSigma is null
                ? null
                : new CrossInputs(cross_scale_shift!.Forward(scaled), cross_gate!.Forward(GateTimesteps(timesteps, otherSigma))),
            input.Enabled);
    }

    /// <summary>
    /// Returns the velocity (B, T, C) from the last hidden states: layer norm without weights, shift and scale from the timestep embeddings
    /// (docs/reference/transformer.md, fact 4).
    /// </summary>
    public Tensor Finish(Tensor x, Modulation modulation)
    {
        using var scope = TensorScope.Open();
        var normed = LayerNorm(x);
        var shift = modulation.EmbeddedPlus(scale_shift_table.select(0, 0));
        var scale = modulation.EmbeddedPlus(scale_shift_table.select(0, 1));
        return proj_out.forward(normed * (scale + 1) + shift).MoveToOuterDisposeScope();
    }

    /// <summary>Normalises to zero mean and unit variance over the last axis; statistics in float32.</summary>
    private Tensor LayerNorm(Tensor x)
    {
        using var scope = TensorScope.Open();
        var centred = x.to(ScalarType.Float32);
        centred = centred - centred.mean([-1], keepdim: true);
        var variance = centred.square().mean([-1], keepdim: true);
        return (centred * (variance + _config.NormEpsilon).rsqrt()).to(x.dtype).MoveToOuterDisposeScope();
    }

    private Tensor Project(Tensor context)
    {
        if (caption_linear_1 is null)
            return context;
        using var scope = TensorScope.Open();
        return caption_linear_2!.forward(Gelu.Tanh(caption_linear_1.forward(context))).MoveToOuterDisposeScope();
    }

    private Tensor GateTimesteps(Tensor timesteps, Tensor otherSigma)
    {
        var source = _config.CrossGate == CrossGateSource.OwnTimesteps ? timesteps : otherSigma.cpu().unsqueeze(-1);
        return source * (float)_config.CrossGateTimestepScale;
    }
}
