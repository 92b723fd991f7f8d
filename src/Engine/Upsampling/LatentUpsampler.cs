using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Upsampling;

/// <summary>
/// Upsamples an un-normalised video latent (docs/reference/vae.md, section 4). Keys: <c>initial_conv, initial_norm, res_blocks.N,
/// upsampler.*, post_upsample_res_blocks.N, final_conv</c>. It cannot be tiled because group statistics span all frames.
/// </summary>
public sealed class LatentUpsampler : nn.Module<Tensor, Tensor>
{
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly ZeroPaddedConv3d initial_conv;
    private readonly ChannelGroupNorm initial_norm;
    private readonly ModuleList<UpsamplerResBlock> res_blocks;
    private readonly nn.Module<Tensor, Tensor> upsampler;
    private readonly ModuleList<UpsamplerResBlock> post_upsample_res_blocks;
    private readonly ZeroPaddedConv3d final_conv;

    /// <summary>Reads the weights from <paramref name="scope"/>, the root of the upsampler's file.</summary>
    public LatentUpsampler(WeightScope scope, LatentUpsamplerConfig config)
        : base(nameof(LatentUpsampler))
    {
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        Factor = config.Factor;
        var mid = config.MidChannels;
        initial_conv = new ZeroPaddedConv3d(scope.Sub("initial_conv"), config.InChannels, mid);
        initial_norm = new ChannelGroupNorm(scope.Sub("initial_norm"), mid);
        res_blocks = Blocks("res_blocks");
        upsampler = config.Kind switch
        {
            UpsamplingKind.RationalSpace2 => new RationalResampler(scope.Sub("upsampler"), mid, shuffle: 2, blurStride: 1),
            UpsamplingKind.RationalSpace1_5 => new RationalResampler(scope.Sub("upsampler"), mid, shuffle: 3, blurStride: 2),
            UpsamplingKind.Space2 => new SpaceDoubler(scope.Sub("upsampler.0"), mid),
            _ => new TimeDoubler(scope.Sub("upsampler.0"), mid),
        };
        post_upsample_res_blocks = Blocks("post_upsample_res_blocks");
        final_conv = new ZeroPaddedConv3d(scope.Sub("final_conv"), mid, config.InChannels);
        RegisterComponents();

        ModuleList<UpsamplerResBlock> Blocks(string name) =>
            new(Enumerable.Range(0, config.BlocksPerStage)
                .Select(index => new UpsamplerResBlock(scope.Sub(name).Sub(index), mid)).ToArray());
    }

    /// <summary>Factor by which it enlarges height and width.</summary>
    public double Factor { get; }

    /// <summary>(B, C, F, H, W), un-normalised, to the upsampled latent, also un-normalised.</summary>
    public override Tensor forward(Tensor latent)
    {
        using var scope = TensorScope.Open();
        var x = F.silu(initial_norm.forward(initial_conv.forward(latent.to(_dtype, _device))));
        foreach (var block in res_blocks)
            x = block.forward(x);
        x = upsampler.forward(x);
        foreach (var block in post_upsample_res_blocks)
            x = block.forward(x);
        return final_conv.forward(x).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Convolution, norm, SiLU, convolution, norm, then SiLU of the sum with the input. Keys: <c>conv1, norm1, conv2, norm2</c>.
/// </summary>
internal sealed class UpsamplerResBlock : nn.Module<Tensor, Tensor>
{
    private readonly ZeroPaddedConv3d conv1;
    private readonly ChannelGroupNorm norm1;
    private readonly ZeroPaddedConv3d conv2;
    private readonly ChannelGroupNorm norm2;

    public UpsamplerResBlock(WeightScope scope, long channels)
        : base(nameof(UpsamplerResBlock))
    {
        conv1 = new ZeroPaddedConv3d(scope.Sub("conv1"), channels, channels);
        norm1 = new ChannelGroupNorm(scope.Sub("norm1"), channels);
        conv2 = new ZeroPaddedConv3d(scope.Sub("conv2"), channels, channels);
        norm2 = new ChannelGroupNorm(scope.Sub("norm2"), channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var hidden = F.silu(norm1.forward(conv1.forward(input)));
        return F.silu(norm2.forward(conv2.forward(hidden)) + input).MoveToOuterDisposeScope();
    }
}

/// <summary>3 x 3 x 3 convolution, zero-padded on every side. Keys: <c>weight, bias</c>.</summary>
internal sealed class ZeroPaddedConv3d : nn.Module<Tensor, Tensor>
{
    private readonly TensorKernels _kernels;
    private readonly Tensor weight;
    private readonly Tensor bias;

    public ZeroPaddedConv3d(WeightScope scope, long inChannels, long outChannels)
        : base(nameof(ZeroPaddedConv3d))
    {
        _kernels = scope.Compute.Kernels;
        weight = scope.Weight("weight", outChannels, inChannels, 3, 3, 3);
        bias = scope.Weight("bias", outChannels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var padded = input;
        for (var axis = 2; axis <= 4; axis++)
            padded = _kernels.Pad(padded, axis, 1, 1, PaddingMode.Zeros);
        return _kernels.Conv3d(padded, weight, bias).MoveToOuterDisposeScope();
    }
}

/// <summary>Group norm with 32 groups, affine. Keys: <c>weight, bias</c>.</summary>
internal sealed class ChannelGroupNorm : nn.Module<Tensor, Tensor>
{
    private const long Groups = 32;
    private const double Epsilon = 1e-5;

    private readonly TensorKernels _kernels;
    private readonly Tensor weight;
    private readonly Tensor bias;

    public ChannelGroupNorm(WeightScope scope, long channels)
        : base(nameof(ChannelGroupNorm))
    {
        _kernels = scope.Compute.Kernels;
        weight = scope.Weight("weight", channels);
        bias = scope.Weight("bias", channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _kernels.GroupNorm(input, Groups, weight, bias, Epsilon);
}
