using System.Runtime.InteropServices;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Random bfloat16 weights that depend on the seed, the key and the shape alone, whatever order modules ask in and
/// whatever machine they run on. What was asked for can be written as a checkpoint, so its keys are right by construction.
/// </summary>
public sealed class RandomWeights(long seed, WeightDistribution distribution) : IWeightSource
{
    private readonly SortedDictionary<string, long[]> _shapes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <remarks>Never true: optional weights are those that a configuration does not ask for.</remarks>
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

    /// <summary>Every weight asked for so far, ready for <see cref="SafetensorsWriter"/>.</summary>
    public IEnumerable<TensorToWrite> ToWrite() =>
        _shapes.Select(entry => new TensorToWrite(
            entry.Key, TensorDtype.BF16, entry.Value, stream =>
                stream.Write(MemoryMarshal.AsBytes(Draw(entry.Key, entry.Value).AsSpan()))));

    /// <summary>The values as bfloat16 bits: the upper half of the float32 bits, rounded to nearest.</summary>
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
