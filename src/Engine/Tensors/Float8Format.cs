using static TorchSharp.torch;

namespace MlxVideo.Engine.Tensors;

/// <summary>
/// An 8-bit float type, defined by the values of its 256 codes. libtorch's own types exist neither in TorchSharp nor on Metal.
/// </summary>
public sealed class Float8Format
{
    private readonly float[] _values;

    private Float8Format(int exponentBits, bool hasInfinities)
    {
        var mantissaBits = 7 - exponentBits;
        _values = Enumerable.Range(0, 256).Select(code => ValueOf(code, exponentBits, mantissaBits, hasInfinities)).ToArray();
    }

    /// <summary>
    /// 4 exponent bits, 3 mantissa bits, no infinities; NaN is 0x7F and 0xFF, the largest value 448
    /// (docs/reference/text.md, section 6).
    /// </summary>
    public static Float8Format E4M3 { get; } = new(exponentBits: 4, hasInfinities: false);

    /// <summary>5 exponent bits, 2 mantissa bits, with infinities and NaNs as in IEEE 754; the upper byte of a float16.</summary>
    public static Float8Format E5M2 { get; } = new(exponentBits: 5, hasInfinities: true);

    /// <summary>The values of codes 0 to 255.</summary>
    public IReadOnlyList<float> Values => _values;

    /// <summary>Decodes codes to float32 on the CPU.</summary>
    /// <param name="codes">uint8 on the CPU, of any shape.</param>
    internal Tensor Decode(Tensor codes) => Table(1).index_select(0, codes.flatten().to(ScalarType.Int32)).view(codes.shape);

    /// <summary>Returns the values of all codes times a scale, (256) float32 on the CPU.</summary>
    internal Tensor Table(float scale) => tensor(_values.Select(value => value * scale).ToArray());

    private static float ValueOf(int code, int exponentBits, int mantissaBits, bool hasInfinities)
    {
        var bias = (1 << (exponentBits - 1)) - 1;
        var highestExponent = (1 << exponentBits) - 1;
        var (exponent, mantissa) = ((code & 0x7F) >> mantissaBits, code & ((1 << mantissaBits) - 1));
        var magnitude = exponent == highestExponent && hasInfinities ? (mantissa == 0 ? float.PositiveInfinity : float.NaN)
            : !hasInfinities && (code & 0x7F) == 0x7F ? float.NaN
            : exponent == 0 ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return (code & 0x80) != 0 ? -magnitude : magnitude;
    }
}
