using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Encodes frames to a latent. Keys below <c>vae.encoder</c>: <c>conv_in, down_blocks.N, conv_out</c>; statistics below
/// <c>vae.per_channel_statistics</c>.
/// </summary>
public sealed class VideoEncoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "vae.encoder";

    private const long PatchedChannels = 48;
    private const int TimeScale = 8;

    private readonly long _latentChannels;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly ChannelStatistics statistics;
    private readonly CausalConv3d conv_in;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> down_blocks;
    private readonly CausalConv3d conv_out;

    /// <summary>Reads the weights from <paramref name="root"/>, the checkpoint's root.</summary>
    public VideoEncoder(WeightScope root, VideoVaeConfig config)
        : base(nameof(VideoEncoder))
    {
        var scope = root.Sub(KeyPrefix);
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        var padding = config.EncoderPadding;
        _latentChannels = config.LatentChannels;
        statistics = new ChannelStatistics(root.Sub(ChannelStatistics.KeyPrefix), config.LatentChannels);
        var channels = config.LatentChannels;
        conv_in = new CausalConv3d(scope.Sub("conv_in"), PatchedChannels, channels, padding);
        var blocks = new List<nn.Module<Tensor, Tensor>>();
        foreach (var block in config.EncoderBlocks)
        {
            var place = scope.Sub("down_blocks").Sub(blocks.Count);
            if (block.IsResStage)
            {
                blocks.Add(new ResStage(place, channels, block.Layers, padding));
                continue;
            }

            blocks.Add(new Downsampler3d(place, channels, channels * block.Multiplier, block.Stride, padding));
            channels *= block.Multiplier;
        }

        down_blocks = new ModuleList<nn.Module<Tensor, Tensor>>(blocks.ToArray());
        // means and one shared log-variance
        conv_out = new CausalConv3d(scope.Sub("conv_out"), channels, config.LatentChannels + 1, padding);
        RegisterComponents();
    }

    /// <summary>Encodes frames; frames beyond 8k + 1 are dropped.</summary>
    /// <param name="frames">(B, 3, F, H, W) in −1 … 1, H and W multiples of 32.</param>
    /// <returns>(B, C, (F−1)/8+1, H/32, W/32): normalised means.</returns>
    public override Tensor forward(Tensor frames)
    {
        using var scope = TensorScope.Open();
        var kept = (frames.shape[2] - 1) / TimeScale * TimeScale + 1;
        var x = conv_in.forward(ChannelShuffle.Patchify(frames.narrow(2, 0, kept).to(_dtype, _device)));
        foreach (var block in down_blocks)
        {
            var next = block.forward(x);
            x.Dispose();
            x = next;
        }

        x = conv_out.Forward(x, part => DeviceOperations.SiluInPlace(PixelNorm.Apply(part)));
        return statistics.Normalize(x.narrow(1, 0, _latentChannels)).MoveToOuterDisposeScope();
    }
}
