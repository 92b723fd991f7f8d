using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Decodes audio latents to spectrograms (docs/reference/vae.md, section 5). Keys below <c>audio_vae.decoder</c>: <c>conv_in.conv,
/// mid.block_1, mid.block_2, up.N, conv_out.conv</c>; statistics below <c>audio_vae.per_channel_statistics</c>.
/// </summary>
public sealed class AudioDecoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "audio_vae.decoder";

    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly AudioStatistics statistics;
    private readonly AudioConv2d conv_in;
    private readonly ModuleList<AudioResBlock> mid;
    private readonly ModuleList<AudioLevel> up;
    private readonly AudioConv2d conv_out;

    /// <summary>Reads the weights from <paramref name="root"/>, the root of the checkpoint.</summary>
    public AudioDecoder(WeightScope root, AudioVaeConfig config)
        : base(nameof(AudioDecoder))
    {
        var scope = root.Sub(KeyPrefix);
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        statistics = new AudioStatistics(root.Sub(AudioStatistics.KeyPrefix), config);
        var width = config.DeepestWidth;
        conv_in = new AudioConv2d(scope.Sub("conv_in.conv"), config.LatentChannels, width);
        mid = new ModuleList<AudioResBlock>(
            Enumerable.Range(1, 2).Select(index => new AudioResBlock(scope.Sub($"mid.block_{index}"), width, width)).ToArray());
        var levels = new List<AudioLevel>();
        for (var level = config.LevelWidths.Count - 1; level >= 0; level--)
        {
            var next = config.BaseWidth * config.LevelWidths[level];
            levels.Add(
                new AudioLevel(scope.Sub("up").Sub(level), width, next, config.ResBlocks + 1, level == 0 ? LevelStep.None : LevelStep.Up));
            width = next;
        }

        up = new ModuleList<AudioLevel>(levels.ToArray());
        conv_out = new AudioConv2d(scope.Sub("conv_out.conv"), width, config.Channels);
        RegisterComponents();
    }

    /// <summary>Decodes a latent.</summary>
    /// <param name="latent">(B, C, T, mel / 4), normalised.</param>
    /// <returns>(B, 2, 4T − 3, mel): log-mel spectrogram.</returns>
    public override Tensor forward(Tensor latent)
    {
        using var scope = TensorScope.Open();
        var x = conv_in.forward(statistics.Unnormalize(latent.to(_dtype, _device)));
        foreach (var block in mid)
            x = block.forward(x);
        foreach (var level in up)
            x = level.forward(x);
        return conv_out.forward(AudioResBlock.Activate(x)).MoveToOuterDisposeScope();
    }
}
