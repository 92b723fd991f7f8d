using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/vae_primitives: building blocks of VAEs, upsamplers and vocoders, each in isolation.</summary>
public sealed class VaePrimitivesSuite : IGoldenSuite
{
    private const double Tolerance = 2e-5;

    // Cosines of angles up to 1000, where one float32 unit in the last place is 6e-5.
    private const double SinusoidTolerance = 6e-5;

    // A wrong epsilon changes these by at least 2e-5.
    private const double NormTolerance = 4e-6;

    private static readonly (string Name, Stride3d Stride)[] Strides =
        [("all", new(2, 2, 2)), ("time", new(2, 1, 1)), ("space", new(1, 2, 2))];

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "vae_primitives")))
            yield return new GoldenCase("vae_primitives", Check);
    }

    private static void Check(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        Norms(run, io);
        Shuffles(run, io);
        Convolutions(run, io);
        Resampling(run, io);
        AudioParts(run, io);
        VocoderParts(run, io);
        run.Close(io, "timesteps256.out", TimestepEmbedding.Sinusoid(io.ReadTensor("timesteps256.in")), SinusoidTolerance);
    }

    private static WeightScope Scope(GoldenRun run, SafetensorsFile io, string prefix, IReadOnlyDictionary<string, string>? names = null) =>
        new(new NamedWeights(io, prefix, names), run.Compute);

    private static Dictionary<string, string> Conv(string name) =>
        new() { ["conv.weight"] = $"{name}.weight", ["conv.bias"] = $"{name}.bias" };

    private static Dictionary<string, string> Resampler(string name) =>
        new() { ["conv.conv.weight"] = $"{name}.conv.weight", ["conv.conv.bias"] = $"{name}.conv.bias" };

    private static void Norms(GoldenRun run, SafetensorsFile io)
    {
        var input = io.ReadTensor("pixel_norm.in");
        run.Close(io, "pixel_norm.out_eps1e-8_video", PixelNorm.Apply(input), NormTolerance);
        run.Close(io, "pixel_norm.out_eps1e-6_audio", PixelNorm.Apply(input, PixelNorm.AudioEpsilon), NormTolerance);
        var normed = run.Compute.Kernels.GroupNorm(
            io.ReadTensor("group_norm.in"), 4, io.ReadTensor("group_norm.weight"), io.ReadTensor("group_norm.bias"), 1e-5);
        run.Close(io, "group_norm.out_groups4_eps1e-5", normed, NormTolerance);
    }

    private static void Shuffles(GoldenRun run, SafetensorsFile io)
    {
        run.Close(io, "patchify4.out", ChannelShuffle.Patchify(io.ReadTensor("patchify4.in")), 0);
        run.Close(io, "patchify4.in", ChannelShuffle.Unpatchify(io.ReadTensor("patchify4.out")), 0);
        run.Close(io, "audio_patchify.out", AudioGrid.ToTokens(io.ReadTensor("audio_patchify.in")), 0);
        run.Close(io, "pixelshuffle3d.out", ChannelShuffle.DepthToSpace(io.ReadTensor("pixelshuffle3d.in"), new Stride3d(2, 2, 2)), 0);
        run.Close(io, "pixelshuffle1d.out", ChannelShuffle.DepthToSpace(io.ReadTensor("pixelshuffle1d.in"), new Stride3d(2, 1, 1)), 0);
        run.Close(io, "pixelshuffle2d.out", F.pixel_shuffle(io.ReadTensor("pixelshuffle2d.in"), 2), 0);
    }

    private static void Convolutions(GoldenRun run, SafetensorsFile io)
    {
        foreach (var (name, mode) in new[] { ("zeros", PaddingMode.Zeros), ("reflect", PaddingMode.Reflect) })
        {
            var place = $"causal_conv3d_{name}";
            foreach (var (suffix, causal) in new[] { ("causal", true), ("noncausal", false) })
            {
                using var conv = new CausalConv3d(Scope(run, io, place, Conv(place)), 3, 4, new VaePadding(causal, mode));
                run.Close(io, $"{place}.out_{suffix}", conv.forward(io.ReadTensor($"{place}.in")), Tolerance);
            }
        }

        using var transposed = new WaveUpsampler(Scope(run, io, "conv_transpose1d_k16_s6_p5"), 4, 2, 16, 6);
        run.Close(io, "conv_transpose1d_k16_s6_p5.out", transposed.forward(io.ReadTensor("conv_transpose1d_k16_s6_p5.in")), Tolerance);
    }

    private static void Resampling(GoldenRun run, SafetensorsFile io)
    {
        foreach (var (name, stride) in Strides)
        {
            foreach (var (suffix, causal) in new[] { ("causal", true), ("noncausal", false) })
            {
                using var up =
                    new Upsampler3d(Scope(run, io, $"d2s_{name}", Resampler($"d2s_{name}")), 8, 1, stride, residual: false,
                        new VaePadding(causal, PaddingMode.Zeros));
                run.Close(io, $"d2s_{name}.out_{suffix}", up.forward(io.ReadTensor($"d2s_{name}.in")), Tolerance);
            }

            using var residual = new Upsampler3d(
                new WeightScope(new ZeroWeights(), run.Compute), 16, 2, stride, residual: true, new VaePadding(false, PaddingMode.Reflect));
            run.Close(io, $"d2s_residual_only_{name}.out", residual.forward(io.ReadTensor($"d2s_residual_only_{name}.in")), 0);

            // The recorded s2d weights are zeros and can't reproduce its "out"; the encoder cases cover that path.
            using var down = new Downsampler3d(
                Scope(run, io, $"s2d_{name}", Resampler($"s2d_{name}")), 4, 8, stride, new VaePadding(true, PaddingMode.Zeros));
            run.Close(io, $"s2d_{name}.out_skip_only", down.forward(io.ReadTensor($"s2d_{name}.in")), Tolerance);
        }

        run.Close(
            io, "blur_down2.out", RationalResampler.Blur(io.ReadTensor("blur_down2.in"), io.ReadTensor("blur_down2.kernel"), 2), Tolerance);
    }

    private static void AudioParts(GoldenRun run, SafetensorsFile io)
    {
        using var causal = new AudioConv2d(Scope(run, io, "causal_conv2d_height"), 2, 3);
        run.Close(io, "causal_conv2d_height.out", causal.forward(io.ReadTensor("causal_conv2d_height.in")), Tolerance);
        foreach (
            var (name, step, key) in new[] { ("audio_downsample", LevelStep.Down, "downsample.conv"),
                ("audio_upsample", LevelStep.Up, "upsample.conv.conv") })
        {
            var names = new Dictionary<string, string> { [$"{key}.weight"] = $"{name}.weight", [$"{key}.bias"] = $"{name}.bias" };
            using var level = new AudioLevel(Scope(run, io, name, names), 2, 2, blocks: 0, step);
            run.Close(io, $"{name}.out", level.forward(io.ReadTensor($"{name}.in")), Tolerance);
        }
    }

    private static void VocoderParts(GoldenRun run, SafetensorsFile io)
    {
        var input = io.ReadTensor("snakebeta.in");
        using var snake = new AntiAliasedSnake(
            Scope(run, io, "", new Dictionary<string, string>
            {
                ["act.alpha"] = "snakebeta.alpha_log",
                ["act.beta"] = "snakebeta.beta_log",
                ["upsample.filter"] = "kaiser_up2.filter",
                ["downsample.lowpass.filter"] = "kaiser_down2.filter",
            }),
            3);
        run.Close(io, "snakebeta.out", snake.Activate(input), Tolerance);
        run.Close(io, "kaiser_up2.out", snake.Upsample(input), Tolerance);
        run.Close(io, "kaiser_down2.out", snake.Downsample(input), Tolerance);
        using var sinc = new SincUpsampler(3, run.Compute);
        run.Close(io, "hann_up3.filter", sinc.Filter, 1e-6);
        run.Close(io, "hann_up3.out", sinc.Apply(input, run.Compute.Kernels), Tolerance);
    }

    /// <summary>Zeros of any shape, which leave only the paths around a convolution.</summary>
    private sealed class ZeroWeights : IWeightSource
    {
        public bool Contains(string key) => true;

        public Tensor Read(string key, ReadOnlySpan<long> shape) => zeros(shape.ToArray()).DetachFromDisposeScope();

        public WeightMatrix ReadMatrix(string key, long rows, long columns) => new DenseMatrix(Read(key, [rows, columns]));
    }
}
