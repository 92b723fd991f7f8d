using System.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Worker.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Measures with the engine's device, kernels and number of threads, on the engine's thread.</summary>
/// <param name="compute">Where and how the engine computes.</param>
/// <param name="threads">CPU threads of the engine.</param>
/// <param name="thread">The engine's thread.</param>
public sealed class EngineBenchmarks(ComputeOptions compute, int threads, EngineThread thread) : IBenchmarks
{
    /// <inheritdoc/>
    public async Task<double> TeraflopsPerSecond()
    {
        var teraflops = 0.0;
        await thread.Run(() =>
        {
            set_num_threads(threads); // belongs to the thread
            teraflops = MatrixBenchmark.TeraflopsPerSecond(SecondsOfProduct);
        });
        return teraflops;
    }

    /// <inheritdoc/>
    public Task<double> DiskBytesPerSecond(string file) => Task.Run(() => DiskBenchmark.BytesPerSecond(file, TimeProvider.System));

    private double SecondsOfProduct(int size)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var (input, weight) = (Matrix(size), Matrix(size));
        WaitFor(input);
        WaitFor(weight);
        var start = Stopwatch.GetTimestamp();
        WaitFor(compute.Kernels.Linear(input, weight, null));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private Tensor Matrix(int size) => full([size, size], 0.5, compute.Dtype, compute.Device);

    /// <summary>Other devices than the CPU compute on while the caller goes on, until a value is asked for.</summary>
    private static void WaitFor(Tensor matrix) => matrix[0, 0].to(ScalarType.Float32).item<float>();
}
