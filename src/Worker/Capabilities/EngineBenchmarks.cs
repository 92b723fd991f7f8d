using System.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Worker.Engine;
using static TorchSharp.torch;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Measures with the engine's device, kernels and thread count, on the engine's thread.</summary>
/// <param name="compute">Device, dtype and kernels of the engine.</param>
/// <param name="threads">Number of CPU threads of the engine.</param>
public sealed class EngineBenchmarks(ComputeOptions compute, int threads, EngineThread thread) : IBenchmarks
{
    /// <inheritdoc/>
    public async Task<double> TeraflopsPerSecondAsync()
    {
        var teraflops = 0.0;
        await thread.RunAsync(() =>
        {
            set_num_threads(threads); // a per-thread setting
            teraflops = MatrixBenchmark.TeraflopsPerSecond(SecondsOfProduct);
        });
        return teraflops;
    }

    /// <inheritdoc/>
    public Task<double> DiskBytesPerSecondAsync(string file) => Task.Run(() => DiskBenchmark.BytesPerSecond(file, TimeProvider.System));

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

    /// <summary>Waits for a result by reading a value; devices other than the CPU compute asynchronously.</summary>
    private static void WaitFor(Tensor matrix) => matrix[0, 0].to(ScalarType.Float32).item<float>();
}
