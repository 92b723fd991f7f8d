namespace MlxVideo.Engine.Weights;

/// <summary>
/// Storage format of MLX's affine quantization: w = scale · q + bias with q of a few bits, and one scale and bias per group of columns
/// (docs/reference/text.md, section 5).
/// </summary>
public sealed record AffineFormat
{
    private static readonly int[] PossibleBits = [2, 3, 4, 5, 6, 8];
    private static readonly int[] PossibleGroups = [32, 64, 128];

    /// <param name="bits">Bits per code: 2, 3, 4, 5, 6 or 8.</param>
    /// <param name="groupSize">Columns that share a scale: 32, 64 or 128.</param>
    /// <exception cref="ArgumentOutOfRangeException">MLX does not support this format.</exception>
    public AffineFormat(int bits, int groupSize)
    {
        if (!IsPossible(bits, groupSize))
            throw new ArgumentOutOfRangeException(
                nameof(bits), $"Weights can't be quantized to {bits} bits in groups of {groupSize}: {Possibilities}.");
        (Bits, GroupSize) = (bits, groupSize);
    }

    /// <summary>Supported formats, for messages.</summary>
    public static string Possibilities =>
        $"it must be {string.Join(", ", PossibleBits)} bits in groups of {string.Join(", ", PossibleGroups)}";

    /// <summary>Bits per code.</summary>
    public int Bits { get; }

    /// <summary>Columns that share a scale and a bias.</summary>
    public int GroupSize { get; }

    /// <summary>Bytes of the smallest unit with a whole number of codes.</summary>
    internal int UnitBytes => Bits switch { 3 or 6 => 3, 5 => 5, _ => 1 };

    /// <summary>Codes per unit.</summary>
    internal int UnitCodes => UnitBytes * 8 / Bits;

    /// <summary>Returns true when MLX supports this format.</summary>
    public static bool IsPossible(long bits, long groupSize) =>
        PossibleBits.Any(possible => possible == bits) && PossibleGroups.Any(possible => possible == groupSize);

    /// <summary>
    /// Infers the format from shapes; null when none fits: packed 32-bit words (rows, columns · bits / 32), scales (rows, columns /
    /// group).
    /// </summary>
    public static AffineFormat? Of(long rows, long columns, IReadOnlyList<long> packed, IReadOnlyList<long> scales)
    {
        if (packed.Count != 2 || scales.Count != 2 || packed[0] != rows || scales[0] != rows || scales[1] == 0 || columns == 0)
            return null;
        var (bits, group) = (packed[1] * 32 / columns, columns / scales[1]);
        return IsPossible(bits, group) && bits * columns == packed[1] * 32 && group * scales[1] == columns
            ? new AffineFormat((int)bits, (int)group)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Bits} bits in groups of {GroupSize}";
}
