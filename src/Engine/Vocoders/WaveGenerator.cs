using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Converts a spectrogram to a waveform in stages of transposed convolutions and residual blocks: HiFi-GAN in 2.0, with BigVGAN's
/// periodic activations in 2.3 (docs/reference/vae.md, section 6). Keys: <c>conv_pre, ups.N, resblocks.N, conv_post</c>, in 2.3 also
/// <c>act_post</c>.
/// </summary>
internal sealed class WaveGenerator : nn.Module<Tensor, Tensor>
{
    private const int Channels = 2;
    private const long EndKernel = 7;

    // Differs from the other leaky ReLUs: the reference uses libtorch's default here.
    private const double LastLeakySlope = 0.01;

    private readonly GeneratorConfig _config;
    private readonly WaveConv1d conv_pre;
    private readonly ModuleList<WaveUpsampler> ups;
    private readonly ModuleList<WaveResBlock> resblocks;
    private readonly AntiAliasedSnake? act_post;
    private readonly WaveConv1d conv_post;

    public WaveGenerator(WeightScope scope, GeneratorConfig config)
        : base(nameof(WaveGenerator))
    {
        _config = config;
        conv_pre = new WaveConv1d(scope.Sub("conv_pre"), Channels * GeneratorConfig.MelBins, config.InitialWidth, EndKernel);
        var stages = new List<WaveUpsampler>();
        var blocks = new List<WaveResBlock>();
        var width = config.InitialWidth;
        for (var stage = 0; stage < config.Rates.Count; stage++)
        {
            stages.Add(new WaveUpsampler(scope.Sub("ups").Sub(stage), width, width / 2, config.RateKernels[stage], config.Rates[stage]));
            width /= 2;
            foreach (var (kernel, dilations) in config.BlockKernels.Zip(config.BlockDilations))
                blocks.Add(new WaveResBlock(scope.Sub("resblocks").Sub(blocks.Count), width, kernel, dilations, config.Snake));
        }

        ups = new ModuleList<WaveUpsampler>(stages.ToArray());
        resblocks = new ModuleList<WaveResBlock>(blocks.ToArray());
        act_post = config.Snake ? new AntiAliasedSnake(scope.Sub("act_post"), width) : null;
        conv_post = new WaveConv1d(scope.Sub("conv_post"), width, Channels, EndKernel, hasBias: config.FinalBias);
        RegisterComponents();
    }

    /// <summary>(B, 2, T, mel) log-mel spectrogram to (B, 2, rate · T) samples.</summary>
    public override Tensor forward(Tensor spectrogram)
    {
        using var scope = TensorScope.Open();
        var x = conv_pre.forward(spectrogram.transpose(2, 3).flatten(1, 2));
        for (var stage = 0; stage < _config.Rates.Count; stage++)
            x = RunStage(stage, x);
        x = act_post is null ? F.leaky_relu(x, LastLeakySlope) : act_post.forward(x);
        x = conv_post.forward(x);
        return (_config.Final switch
        {
            FinalActivation.Tanh => x.tanh(),
            FinalActivation.Clamp => x.clamp(-1, 1),
            _ => x,
        }).MoveToOuterDisposeScope();
    }

    /// <summary>Runs a stage, which ends with the mean over its residual blocks' outputs for one shared input.</summary>
    private Tensor RunStage(int stage, Tensor input)
    {
        using var scope = TensorScope.Open();
        var larger = ups[stage].forward(_config.Snake ? input : F.leaky_relu(input, WaveResBlock.LeakySlope));
        var blocks = _config.BlockKernels.Count;
        var outputs = Enumerable.Range(stage * blocks, blocks).Select(block => resblocks[block].forward(larger)).ToList();
        return stack(outputs, 0).mean([0]).MoveToOuterDisposeScope();
    }
}
