using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tensors;

/// <summary>Conversion between safetensors entries and CPU tensors.</summary>
public static class SafetensorsTensors
{
    private const int ChunkBytes = 1 << 26;

    /// <summary>Reads one entry into a new CPU tensor of its stored dtype, outside any dispose scope.</summary>
    /// <exception cref="SafetensorsException">libtorch lacks the dtype.</exception>
    public static Tensor Read(SafetensorsFile file, TensorEntry entry)
    {
        var dtype = ToScalarType(entry.Dtype)
            ?? throw new SafetensorsException(file.Path, $"tensor '{entry.Name}' has dtype {entry.Dtype}, which is not supported");
        return Fill(empty(entry.Shape.ToArray(), dtype).DetachFromDisposeScope(), file, entry, entry.Dtype.ElementSize());
    }

    /// <summary>
    /// Reads the bytes of an entry of any dtype and at least one dimension into a uint8 CPU tensor outside any dispose scope. Its last
    /// dimension is the entry's times the element size. For U32 and 8-bit floats, which TorchSharp lacks.
    /// </summary>
    public static Tensor ReadBytes(SafetensorsFile file, TensorEntry entry)
    {
        var shape = entry.Shape.ToArray();
        shape[^1] *= entry.Dtype.ElementSize();
        return Fill(empty(shape, ScalarType.Byte).DetachFromDisposeScope(), file, entry, 1);
    }

    /// <summary>Reads an entry of any dtype into a float32 CPU tensor outside any dispose scope.</summary>
    public static Tensor ReadNumbers(SafetensorsFile file, TensorEntry entry)
    {
        using var scope = TensorScope.OpenOnHost();
        if (Float8FormatOf(entry.Dtype) is { } format)
        {
            using var codes = ReadBytes(file, entry with { Shape = [entry.ElementCount()] }); // a scalar has no last dimension
            return format.Decode(codes).view(entry.Shape.ToArray()).DetachFromDisposeScope();
        }

        if (ToScalarType(entry.Dtype) is null)
            return Widened(file, entry).DetachFromDisposeScope();
        using var stored = Read(file, entry);
        return stored.to(ScalarType.Float32, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Reads the value of a single-element entry of any dtype.</summary>
    public static double ReadNumber(SafetensorsFile file, TensorEntry entry)
    {
        using var numbers = ReadNumbers(file, entry);
        using var flat = numbers.view(-1);
        return flat.data<float>()[0];
    }

    /// <summary>Returns the format of an 8-bit float dtype; null for other dtypes.</summary>
    internal static Float8Format? Float8FormatOf(TensorDtype dtype) => dtype switch
    {
        TensorDtype.F8_E4M3 => Float8Format.E4M3,
        TensorDtype.F8_E5M2 => Float8Format.E5M2,
        _ => null,
    };

    /// <summary>Reads the entry named <paramref name="name"/>, as <see cref="Read"/> does.</summary>
    public static Tensor ReadTensor(this SafetensorsFile file, string name) => Read(file, file.Entry(name));

    /// <summary>Describes a tensor for <see cref="SafetensorsWriter"/>; its data is read when the file is written.</summary>
    public static TensorToWrite ToWrite(string name, Tensor tensor) =>
        new(name, FromScalarType(tensor.dtype), tensor.shape, stream => WriteData(tensor, stream));

    /// <summary>Reads unsigned integers of the dtypes that libtorch lacks.</summary>
    private static Tensor Widened(SafetensorsFile file, TensorEntry entry)
    {
        float[] values = entry.Dtype == TensorDtype.U16
            ? [.. file.ReadArray<ushort>(entry.Name).Select(value => (float)value)]
            : [.. file.ReadArray<uint>(entry.Name).Select(value => (float)value)];
        return tensor(values).view(entry.Shape.ToArray());
    }

    private static Tensor Fill(Tensor tensor, SafetensorsFile file, TensorEntry entry, int elementSize)
    {
        if (entry.Length == 0)
            return tensor;
        using var flat = tensor.view(-1);
        for (long start = 0; start < entry.Length; start += ChunkBytes)
        {
            var length = (int)Math.Min(ChunkBytes, entry.Length - start);
            using var part = flat.narrow(0, start / elementSize, length / elementSize);
            file.CopyTo(entry, start, part.bytes);
        }

        return tensor;
    }

    private static void WriteData(Tensor tensor, Stream stream)
    {
        using var scope = TensorScope.Open();
        var flat = tensor.cpu().contiguous().view(-1);
        var chunk = ChunkBytes / 8;
        for (long start = 0; start < flat.numel(); start += chunk)
            stream.Write(flat.narrow(0, start, Math.Min(chunk, flat.numel() - start)).bytes);
    }

    private static ScalarType? ToScalarType(TensorDtype dtype) => dtype switch
    {
        TensorDtype.F64 => ScalarType.Float64,
        TensorDtype.F32 => ScalarType.Float32,
        TensorDtype.F16 => ScalarType.Float16,
        TensorDtype.BF16 => ScalarType.BFloat16,
        TensorDtype.I64 => ScalarType.Int64,
        TensorDtype.I32 => ScalarType.Int32,
        TensorDtype.I16 => ScalarType.Int16,
        TensorDtype.I8 => ScalarType.Int8,
        TensorDtype.U8 => ScalarType.Byte,
        TensorDtype.BOOL => ScalarType.Bool,
        _ => null,
    };

    private static TensorDtype FromScalarType(ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => TensorDtype.F64,
        ScalarType.Float32 => TensorDtype.F32,
        ScalarType.Float16 => TensorDtype.F16,
        ScalarType.BFloat16 => TensorDtype.BF16,
        ScalarType.Int64 => TensorDtype.I64,
        ScalarType.Int32 => TensorDtype.I32,
        ScalarType.Int16 => TensorDtype.I16,
        ScalarType.Int8 => TensorDtype.I8,
        ScalarType.Byte => TensorDtype.U8,
        ScalarType.Bool => TensorDtype.BOOL,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Safetensors does not support this dtype."),
    };
}
