using System.Runtime.InteropServices;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Inventory;

/// <summary>Searches stored values for NaN, infinity and the zeros of unfinished downloads, in their files' bytes.</summary>
internal static class StoredValues
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>Returns the fault of a weight's stored values, to complete a sentence; null when there is none.</summary>
    public static string? FindFault(StoredWeight stored)
    {
        var (entry, isZero) = (stored.Entry, true);
        var buffer = new byte[(int)Math.Min(ChunkBytes, entry.Length)];
        for (long start = 0; start < entry.Length; start += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - start));
            stored.File.CopyTo(entry, start, part);
            if (!AreFinite(part, entry.Dtype))
                return "has values that are not finite numbers";
            isZero = isZero && !part.ContainsAnyExcept((byte)0);
        }

        // As for loading: trained weights of layers are never all zeros, other tensors may be.
        return isZero && entry.Shape.Count >= 2 && entry.Length > 0 && entry.Name.EndsWith(".weight", StringComparison.Ordinal)
            ? "is all zeros, as after an interrupted download"
            : null;
    }

    private static bool AreFinite(ReadOnlySpan<byte> bytes, TensorDtype dtype) => dtype switch
    {
        TensorDtype.F64 => AllBelow<ulong>(MemoryMarshal.Cast<byte, ulong>(bytes), 0x7FFF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000),
        TensorDtype.F32 => AllBelow<uint>(MemoryMarshal.Cast<byte, uint>(bytes), 0x7FFF_FFFF, 0x7F80_0000),
        TensorDtype.F16 => AllBelow<ushort>(MemoryMarshal.Cast<byte, ushort>(bytes), 0x7FFF, 0x7C00),
        TensorDtype.BF16 => AllBelow<ushort>(MemoryMarshal.Cast<byte, ushort>(bytes), 0x7FFF, 0x7F80),
        TensorDtype.F8_E4M3 => AllBelow<byte>(bytes, 0x7F, 0x7F),
        TensorDtype.F8_E5M2 => AllBelow<byte>(bytes, 0x7F, 0x7C),
        _ => true,
    };

    /// <summary>Returns true when no value without its sign bit reaches the first code of infinities and NaNs.</summary>
    private static bool AllBelow<T>(ReadOnlySpan<T> values, T withoutSign, T firstSpecial)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        foreach (var value in values)
        {
            if ((value & withoutSign) >= firstSpecial)
                return false;
        }

        return true;
    }
}
