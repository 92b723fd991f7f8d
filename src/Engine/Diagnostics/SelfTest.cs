using MlxVideo.Engine.Diagnostics.Operations;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// Compares operations on a device, with the dtype and kernels of a render, with float64 results of the CPU
/// (<see cref="TestedOperation"/>). Runs each operation twice with different contents in the allocator's free memory, because reads past
/// the end of a tensor depend on them. A faulty native library may crash the process; <see cref="SelfTestProcess"/> isolates it.
/// </summary>
/// <param name="compute">Device, dtype and kernels to test.</param>
/// <param name="time">Clock for the times of the operations.</param>
/// <param name="fault">A fault to inject; null for none.</param>
internal sealed class SelfTest(ComputeOptions compute, TimeProvider time, SelfTestFault? fault = null)
{
    private const double Float32Tolerance = 1e-4;
    private const double Bfloat16Tolerance = 2e-2;
    private const int Runs = 2;
    private const int LongestReason = 200;

    /// <summary>Sizes of the freed blocks that the second run may reuse.</summary>
    private static readonly long[] PoisonedSizes = [1 << 10, 3_001, 1 << 16, 300_001, 1 << 20, 3_000_001, 1 << 23];

    /// <summary>Names of all operations.</summary>
    public static IReadOnlyList<string> Operations { get; } = TestedOperations.All.Select(operation => operation.Name).ToList();

    /// <summary>Tests all operations.</summary>
    /// <param name="started">Called with the name of each operation before it runs.</param>
    public IEnumerable<OperationResult> Run(Action<string> started)
    {
        foreach (var operation in TestedOperations.All)
        {
            started(operation.Name);
            yield return Test(operation);
        }
    }

    /// <summary>Returns the largest permitted error of operations that round.</summary>
    internal static double ToleranceOf(ScalarType dtype) => dtype == ScalarType.BFloat16 ? Bfloat16Tolerance : Float32Tolerance;

    /// <summary>Tests one operation.</summary>
    public OperationResult Run(string operation) => Test(TestedOperations.All.Single(each => each.Name == operation));

    private OperationResult Test(TestedOperation operation)
    {
        var tolerance = operation.IsExact ? 0 : ToleranceOf(compute.Dtype);
        try
        {
            using var scope = TensorScope.OpenOnHost();
            using var noGradients = no_grad();
            using var source = new TestInputs(compute.Device.type == DeviceType.CPU);
            var inputs = operation.Inputs(source).Select(input => Rounded(operation, input)).ToArray();
            var expected = Reference.Wide(operation.Expected(inputs));
            var (worst, seconds) = (0.0, 0.0);
            for (var run = 0; run < Runs; run++)
            {
                (var actual, seconds) = Compute(operation, inputs);
                if (!FiniteValues.Are(actual))
                    return new OperationResult(
                        operation.Name, double.NaN, tolerance, seconds, OperationResult.NotFinite(operation.Name));
                worst = Math.Max(worst, Reference.Difference(actual, expected));
                Poison();
            }

            var failure = worst <= tolerance ? null : OperationResult.Inaccurate(operation.Name, worst, tolerance);
            return new OperationResult(operation.Name, worst, tolerance, seconds, failure);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            var reason = ex.Message.Split('\n')[0].Trim().TrimEnd('.');
            return new OperationResult(
                operation.Name, double.NaN, tolerance, 0,
                OperationResult.Refused(operation.Name, reason.Length > LongestReason ? reason[..LongestReason] : reason));
        }
    }

    private Tensor Rounded(TestedOperation operation, Tensor input) =>
        input.is_floating_point() && !operation.InFloat32 ? input.to(compute.Dtype) : input;

    /// <summary>Runs an operation on the device; returns the sampled result on the CPU, and the elapsed time.</summary>
    private (Tensor Result, double Seconds) Compute(TestedOperation operation, Tensor[] inputs)
    {
        using var scope = TensorScope.OpenOnHost();
        var onDevice = inputs.Select(input => input.to(compute.Device)).ToArray();
        var start = time.GetTimestamp();
        var result = operation.Run(compute, onDevice).cpu(); // waits for the device
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        var damaged = fault?.Operation == operation.Name ? fault.Apply(result) : result;
        return ((operation.Sample?.Invoke(damaged) ?? damaged).MoveToOuterDisposeScope(), seconds);
    }

    /// <summary>Leaves NaN in the free blocks of the allocator: a read past the end of a tensor then becomes visible.</summary>
    private void Poison()
    {
        using var scope = TensorScope.OpenOnHost();
        foreach (var size in PoisonedSizes)
            full([size], float.NaN, compute.Dtype, compute.Device);
    }
}
