using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conversion;

/// <summary>
/// A weight in its new form: the tensors to write, whose values are read from the source only while they are written, one weight at a time.
/// </summary>
internal abstract class ConvertedWeight(WeightInventory source)
{
    private const string WeightSuffix = ".weight";
    private const int ChunkBytes = 1 << 24;

    public string Key => source.Key;

    protected WeightInventory Source => source;

    /// <summary>Path of the weight's layer.</summary>
    protected string Module => Key.EndsWith(WeightSuffix, StringComparison.Ordinal) ? Key[..^WeightSuffix.Length] : Key;

    /// <summary>The tensors to write.</summary>
    public abstract IEnumerable<TensorToWrite> Tensors();

    /// <summary>Writes an entry's bytes as they are, or with its axes in the released order.</summary>
    protected static TensorToWrite Unchanged(string key, StoredWeight stored) => new(key, stored.Entry.Dtype, stored.Shape, stream =>
    {
        if (stored.Axes is not null)
        {
            using var reordered = stored.Read();
            SafetensorsTensors.ToWrite(key, reordered).WriteData(stream);
            return;
        }

        var buffer = new byte[(int)Math.Min(ChunkBytes, stored.Entry.Length)];
        for (long start = 0; start < stored.Entry.Length; start += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, stored.Entry.Length - start));
            stored.File.CopyTo(stored.Entry, start, part);
            stream.Write(part);
        }
    });
}

/// <summary>A weight that stays as it is stored, with its scales and biases.</summary>
internal sealed class KeptWeight(WeightInventory source) : ConvertedWeight(source)
{
    /// <inheritdoc/>
    public override IEnumerable<TensorToWrite> Tensors() =>
        Source.Companions.Select(companion => Unchanged(companion.Key, companion.Value)).Append(Unchanged(Key, Source.Stored));
}

/// <summary>A weight written as numbers of a dtype.</summary>
/// <param name="read">Reads the weight with its adapters: a new CPU tensor.</param>
internal sealed class DenseWeight(WeightInventory source, ScalarType dtype, TensorDtype stored, Func<Tensor> read) : ConvertedWeight(source)
{
    /// <inheritdoc/>
    public override IEnumerable<TensorToWrite> Tensors() =>
    [
        new(Key, stored, Source.Shape, stream =>
        {
            using var values = read();
            using var scope = TensorScope.Open();
            SafetensorsTensors.ToWrite(Key, RequireFinite(values.to(dtype))).WriteData(stream);
        }),
    ];

    private Tensor RequireFinite(Tensor values) => FiniteValues.Are(values)
        ? values
        : throw new CheckpointException(
            $"'{Key}' has values that are not finite numbers in {stored}; use a dtype with a larger range, such as bfloat16.");
}

/// <summary>A weight packed as MLX does.</summary>
/// <param name="dtype">Dtype of the weight before quantization, and of its scales and biases.</param>
/// <param name="read">Reads the weight with its adapters: a new CPU tensor.</param>
internal sealed class QuantizedWeight(
    WeightInventory source, AffineFormat format, ScalarType dtype, TensorDtype scaleDtype, Func<Tensor> read) : ConvertedWeight(source)
{
    private AffineMatrix? _matrix;
    private int _unwritten;

    /// <inheritdoc/>
    public override IEnumerable<TensorToWrite> Tensors()
    {
        var (rows, columns) = (Source.Shape[0], Source.Shape[1]);
        long[] groups = [rows, columns / format.GroupSize];
        return
        [
            new($"{Module}.weight", TensorDtype.U32, [rows, columns * format.Bits / 32], stream => Write(0, stream)),
            new($"{Module}.scales", scaleDtype, groups, stream => Write(1, stream)),
            new($"{Module}.biases", scaleDtype, groups, stream => Write(2, stream)),
        ];
    }

    /// <summary>Writes one of the matrix's tensors; the matrix exists from the first to the last of them.</summary>
    private void Write(int index, Stream stream)
    {
        if (_matrix is null)
        {
            using var weight = read();
            using var scope = TensorScope.Open();
            _matrix = AffineQuantizer.Quantize(weight.to(dtype), format);
            _unwritten = 3;
        }

        _matrix.ToWrite(Module).ElementAt(index).WriteData(stream);
        if (--_unwritten > 0)
            return;
        _matrix.Dispose();
        _matrix = null;
    }
}
