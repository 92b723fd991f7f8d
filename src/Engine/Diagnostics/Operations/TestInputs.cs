using MlxVideo.Engine.Sampling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Inputs of one operation: drawn on the CPU from a fixed seed, hence the same in every run and on every machine.</summary>
/// <param name="isCpu">True when the tested device is the CPU, for which a few shapes are reduced.</param>
internal sealed class TestInputs(bool isCpu) : IDisposable
{
    private const long Seed = 20_260_101;

    private readonly NoiseGenerator _noise = new(Seed);

    /// <summary>True when the tested device is the CPU.</summary>
    public bool IsCpu => isCpu;

    /// <summary>Returns standard normal values, float32.</summary>
    public Tensor Normal(params ReadOnlySpan<long> shape)
    {
        using var scope = TensorScope.OpenOnHost();
        var elements = 1L;
        foreach (var size in shape)
            elements *= size;
        return _noise.Draw(1, elements).view(shape.ToArray()).MoveToOuterDisposeScope();
    }

    /// <summary>Returns integers in a fixed irregular order, from 0 to below <paramref name="limit"/> and including its largest.</summary>
    public static Tensor Indices(long count, long limit, ScalarType dtype)
    {
        using var scope = TensorScope.OpenOnHost();
        var indices = Enumerable.Range(1, (int)count).Select(index => limit - 1 - ((index - 1) * 7_919L % limit)).ToArray();
        return tensor(indices).to(dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _noise.Dispose();
}
