using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Encodes spectrograms to audio latents (docs/reference/vae.md, section 5). Keys below <c>audio_vae.encoder</c>: <c>conv_in.conv,
/// down.N, mid.block_1, mid.block_2, conv_out.conv</c>; statistics below <c>audio_vae.per_channel_statistics</c>.
/// </summary>
public sealed class AudioEncoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "audio_vae.encoder";

    private readonly long _latentChannels;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly AudioStatistics statistics;
    private readonly AudioConv2d conv_in;
    private readonly ModuleList<AudioLevel> down;
    private readonly ModuleList<AudioResBlock> mid;
    private readonly AudioConv2d conv_out;

    /// <summary>Reads the weights from <paramref name="root"/>, the root of the checkpoint.</summary>
    public AudioEncoder(WeightScope root, AudioVaeConfig config)
        : base(nameof(AudioEncoder))
    {
        var scope = root.Sub(KeyPrefix);
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        _latentChannels = config.LatentChannels;
        statistics = new AudioStatistics(root.Sub(AudioStatistics.KeyPrefix), config);
        var width = config.BaseWidth;
        conv_in = new AudioConv2d(scope.Sub("conv_in.conv"), config.Channels, width);
        var levels = new List<AudioLevel>();
        for (var level = 0; level < config.LevelWidths.Count; level++)
        {
            var next = config.BaseWidth * config.LevelWidths[level];
            var isLast = level == config.LevelWidths.Count - 1;
            levels.Add(
                new AudioLevel(scope.Sub("down").Sub(level), width, next, config.ResBlocks, isLast ? LevelStep.None : LevelStep.Down));
            width = next;
        }

        down = new ModuleList<AudioLevel>(levels.ToArray());
        mid = new ModuleList<AudioResBlock>(
            Enumerable.Range(1, 2).Select(index => new AudioResBlock(scope.Sub($"mid.block_{index}"), width, width)).ToArray());
        conv_out = new AudioConv2d(scope.Sub("conv_out.conv"), width, 2 * config.LatentChannels); // means, then log-variances
        RegisterComponents();
    }

    /// <summary>Encodes a spectrogram.</summary>
    /// <param name="spectrogram">(B, 2, T, mel): log-mel.</param>
    /// <returns>(B, C, ⌈T / 4⌉, mel / 4): normalised means.</returns>
    public override Tensor forward(Tensor spectrogram)
    {
        using var scope = TensorScope.Open();
        var x = conv_in.forward(spectrogram.to(_dtype, _device));
        foreach (var level in down)
            x = level.forward(x);
        foreach (var block in mid)
            x = block.forward(x);
        x = conv_out.forward(AudioResBlock.Activate(x));
        return statistics.Normalize(x.narrow(1, 0, _latentChannels)).MoveToOuterDisposeScope();
    }
}
