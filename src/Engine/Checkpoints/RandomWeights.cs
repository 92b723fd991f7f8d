using System.Runtime.InteropServices;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Random bfloat16 weights that depend only on seed, key and shape, not on request order or machine. The requested weights can be
/// written as a checkpoint, which makes its keys correct by construction.
/// </summary>
public sealed class RandomWeights(long seed, WeightDistribution distribution) : IWeightSource
{
    private readonly SortedDictionary<string, long[]> _shapes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <remarks>Always false: configurations never require optional weights.</remarks>
    public bool Contains(string key) => false;

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        var sizes = shape.ToArray();
        _shapes[key] = sizes;
        var tensor = empty(sizes, ScalarType.BFloat16).DetachFromDisposeScope();
        MemoryMarshal.AsBytes(Draw(key, sizes).AsSpan()).CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>Returns every weight requested so far, ready for <see cref="SafetensorsWriter"/>.</summary>
    public IEnumerable<TensorToWrite> ToWrite() =>
        _shapes.Select(entry => new TensorToWrite(
            entry.Key, TensorDtype.BF16, entry.Value, stream =>
                stream.Write(MemoryMarshal.AsBytes(Draw(entry.Key, entry.Value).AsSpan()))));

    /// <summary>Draws the values as bfloat16 bits: the upper half of the float32 bits, rounded to nearest.</summary>
    private ushort[] Draw(string key, long[] shape)
    {
        var values = distribution.Draw(key, shape, new KeyedRandom(seed, key));
        return Array.ConvertAll(values, value =>
        {
            var bits = BitConverter.SingleToUInt32Bits(value);
            return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        });
    }
}
