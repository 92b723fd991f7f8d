using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Weights;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Transformer;

/// <summary>Time of one evaluation of the mid-size transformer.</summary>
public static class DenoiseStepBenchmark
{
    private const double Goal = 1.15;

    /// <summary>Latent rows and columns.</summary>
    private const long Side = 16;

    /// <summary>Latent frames of the measured evaluations: 1 280 and 4 096 tokens.</summary>
    public static IReadOnlyList<long> Frames { get; } = [5, 16];

    /// <summary>Measures one number of latent frames.</summary>
    public static Comparison Run(long frames, ComputeOptions compute, int rounds)
    {
        var calls = new KernelCalls(compute.Kernels);
        using var scope = NewDisposeScope();
        using var transformer = MidSizeTransformer.Build(compute with { Kernels = calls }, new UniformWeights(ScalarType.Float32));
        var input = MidSizeTransformer.Input(transformer, frames, Side);
        using var rotation = input.Rotation;
        return Comparing.Run($"denoise step, {frames * Side * Side} tokens", compute, Goal, rounds, calls, () =>
            Completion.Wait(transformer.Forward(input).Video));
    }
}
