using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Weights;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Transformer;

/// <summary>Time of one pass through the mid-size transformer.</summary>
public static class DenoiseStepBenchmark
{
    private const double Goal = 1.15;

    // Latent frames, rows and columns.
    private static readonly (long Frames, long Side)[] Grids = [(5, 16), (16, 16)];

    /// <summary>Measures in one dtype at each number of tokens.</summary>
    public static IEnumerable<Comparison> Run(ScalarType dtype, int rounds)
    {
        foreach (var (frames, side) in Grids)
        {
            var calls = new KernelCalls();
            var compute = ComputeOptions.CpuFloat32 with { Dtype = dtype, Kernels = calls };
            using var scope = NewDisposeScope();
            using var transformer = MidSizeTransformer.Build(compute, new UniformWeights(ScalarType.Float32));
            var input = MidSizeTransformer.Input(transformer, frames, side);
            yield return Comparing.Run($"denoise step, {frames * side * side} tokens", dtype.ToString(), Goal, rounds, calls, () => transformer.Forward(input));
        }
    }
}
