using System.Diagnostics;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Kind of kernel call.</summary>
public enum KernelKind
{
    /// <summary>Matrix product with a weight.</summary>
    Linear,

    /// <summary>Scaled dot-product attention.</summary>
    Attention,

    /// <summary>3-D convolution.</summary>
    Conv3d,

    GroupNorm,

    /// <summary>Padding before a convolution, including the preceding norm and activation.</summary>
    Pad,
}

/// <summary>
/// Kernels that record their calls, to replay the same calls without the engine, and measure the time of the calls inside the engine. On
/// devices that compute asynchronously, the time of a call is that of submitting it.
/// </summary>
/// <param name="kernels">The kernels that compute.</param>
public sealed class KernelCalls(TensorKernels kernels) : TensorKernels
{
    private readonly List<Func<TensorPool, Tensor>> _calls = [];
    private readonly Dictionary<KernelKind, double> _seconds = [];

    /// <summary>Whether calls are recorded.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Seconds in each kind of call since <see cref="ResetTimes"/>.</summary>
    public IReadOnlyDictionary<KernelKind, double> Seconds => _seconds;

    /// <summary>Number of recorded calls.</summary>
    public int Count => _calls.Count;

    /// <summary>Resets the measured times.</summary>
    public void ResetTimes() => _seconds.Clear();

    /// <summary>Replays the recorded calls with the same weights and inputs of the same shapes.</summary>
    public void Replay(TensorPool inputs)
    {
        foreach (var call in _calls)
            call(inputs).Dispose();
    }

    /// <inheritdoc/>
    public override string Name => kernels.Name;

    /// <inheritdoc/>
    public override Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale)
    {
        var (queryShape, keyShape, maskShape, dtype) = (query.shape, key.shape, mask?.shape, query.dtype);
        return Call(
            KernelKind.Attention,
            () => kernels.Attention(query, key, value, mask, scale),
            pool => kernels.Attention(
                pool.Take("query", queryShape, dtype), pool.Take("key", keyShape, dtype), pool.Take("value", keyShape, dtype),
                maskShape is null ? null : pool.Take("mask", maskShape, dtype), scale));
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        var shape = input.shape;
        return Call(KernelKind.Linear, () => kernels.Linear(input, weight, bias), pool =>
            kernels.Linear(pool.Take("input", shape, weight.dtype), weight, bias));
    }

    /// <inheritdoc/>
    public override Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias)
    {
        var shape = input.shape;
        return Call(KernelKind.Conv3d, () => kernels.Conv3d(input, weight, bias), pool =>
            kernels.Conv3d(pool.Take("input", shape, weight.dtype), weight, bias));
    }

    /// <inheritdoc/>
    /// <remarks>Elementwise, therefore not replayed.</remarks>
    public override Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon) =>
        Call(KernelKind.GroupNorm, () => kernels.GroupNorm(input, groups, weight, bias, epsilon), null);

    /// <inheritdoc/>
    /// <remarks>A copy, therefore not replayed.</remarks>
    public override Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode) =>
        Call(KernelKind.Pad, () => kernels.Pad(input, axis, before, after, mode), null);

    /// <inheritdoc/>
    /// <remarks>A copy, therefore not replayed; its time includes the norm and the activation applied by the same call.</remarks>
    public override Tensor PadVolume(
        Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null) =>
        Call(KernelKind.Pad, () => kernels.PadVolume(input, framesBefore, framesAfter, spatial, prepare), null);

    private Tensor Call(KernelKind kind, Func<Tensor> call, Func<TensorPool, Tensor>? again)
    {
        if (IsRecording && again is not null)
            _calls.Add(again);
        var watch = Stopwatch.StartNew();
        var result = call();
        _seconds[kind] = _seconds.GetValueOrDefault(kind) + watch.Elapsed.TotalSeconds;
        return result;
    }
}
