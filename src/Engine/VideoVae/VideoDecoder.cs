using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Decodes a latent to frames. Keys below <c>vae.decoder</c>: <c>conv_in, up_blocks.N, conv_out</c>, and in timestep-conditioned
/// decoders <c>last_time_embedder, last_scale_shift_table, timestep_scale_multiplier</c>; statistics below
/// <c>vae.per_channel_statistics</c>.
/// </summary>
public sealed class VideoDecoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "vae.decoder";

    /// <summary>The official timestep for timestep-conditioned decoders.</summary>
    public const float DefaultTimestep = 0.05f;

    private const long PatchedChannels = 48;
    private const long LastModulationRows = 2;

    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly TimestepEmbedding? last_time_embedder;
    private readonly Tensor? last_scale_shift_table;
    private readonly Tensor? timestep_scale_multiplier;
    private readonly ChannelStatistics statistics;
    private readonly CausalConv3d conv_in;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> up_blocks;
    private readonly CausalConv3d conv_out;

    /// <summary>Reads the weights from <paramref name="root"/>, the checkpoint's root.</summary>
    public VideoDecoder(WeightScope root, VideoVaeConfig config)
        : base(nameof(VideoDecoder))
    {
        var scope = root.Sub(KeyPrefix);
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        var padding = config.DecoderPadding;
        var channels = config.DecoderBlocks.Aggregate(config.DecoderBaseChannels, (width, block) => width * block.Multiplier);
        statistics = new ChannelStatistics(root.Sub(ChannelStatistics.KeyPrefix), config.LatentChannels);
        conv_in = new CausalConv3d(scope.Sub("conv_in"), config.LatentChannels, channels, padding);
        var blocks = new List<nn.Module<Tensor, Tensor>>();
        foreach (var block in config.DecoderBlocks.Reverse())
        {
            var place = scope.Sub("up_blocks").Sub(blocks.Count);
            if (block.IsResStage)
            {
                blocks.Add(new ResStage(place, channels, block.Layers, padding, config.DecoderSeesTimestep));
                continue;
            }

            blocks.Add(new Upsampler3d(place, channels, block.Multiplier, block.Stride, block.Residual, padding));
            channels /= block.Multiplier;
        }

        up_blocks = new ModuleList<nn.Module<Tensor, Tensor>>(blocks.ToArray());
        conv_out = new CausalConv3d(scope.Sub("conv_out"), channels, PatchedChannels, padding);
        if (config.DecoderSeesTimestep)
        {
            last_time_embedder = new TimestepEmbedding(scope.Sub("last_time_embedder"), LastModulationRows * channels);
            last_scale_shift_table = scope.Weight("last_scale_shift_table", LastModulationRows, channels);
            timestep_scale_multiplier = scope.Weight("timestep_scale_multiplier", ScalarType.Float32);
        }

        RegisterComponents();
    }

    /// <summary>Decodes a whole latent at once.</summary>
    /// <param name="latent">(B, C, F, H, W), normalised.</param>
    /// <returns>(B, 3, 8(F−1)+1, 32H, 32W), about −1 … 1, not clamped.</returns>
    public override Tensor forward(Tensor latent) => Forward(latent, DefaultTimestep);

    /// <summary>Decodes a whole latent at once, at a timestep.</summary>
    /// <param name="latent">(B, C, F, H, W), normalised; may contain noise in timestep-conditioned decoders.</param>
    /// <param name="timestep">0 to 1; ignored by decoders without timestep conditioning, such as LTX-2's.</param>
    /// <returns>(B, 3, 8(F−1)+1, 32H, 32W), about −1 … 1, not clamped.</returns>
    public Tensor Forward(Tensor latent, float timestep)
    {
        using var scope = TensorScope.Open();
        var scaled = timestep_scale_multiplier is null ? null : full([1], timestep) * timestep_scale_multiplier.cpu();
        var x = conv_in.forward(statistics.Unnormalize(latent.to(_dtype, _device)));
        foreach (var block in up_blocks)
        {
            var next = block is ResStage stage ? stage.Forward(x, scaled) : block.forward(x);
            x.Dispose();
            x = next;
        }

        var rows = scaled is null ? null : TimestepModulation.Rows(last_time_embedder!.forward(scaled), last_scale_shift_table!);
        x = conv_out.Forward(x, part => DeviceOperations.SiluInPlace(Modulated(PixelNorm.Apply(part))));
        return ChannelShuffle.Unpatchify(x).MoveToOuterDisposeScope();

        Tensor Modulated(Tensor normed) => rows is null ? normed : TimestepModulation.Apply(normed, rows[0], rows[1]);
    }
}
