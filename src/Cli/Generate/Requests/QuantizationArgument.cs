using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Parser for <c>--quantize BITS[:GROUP]</c>.</summary>
public static class QuantizationArgument
{
    private const int DefaultGroupSize = 64;

    /// <summary>Parses the option's value; returns null when it is absent or invalid.</summary>
    /// <param name="error">The error in one sentence; null when there is none.</param>
    public static RuntimeQuantization? Read(string? value, out string? error)
    {
        error = null;
        if (value is null)
            return null;
        var numbers = value.Split(':').Select(Number).ToList();
        var (bits, group) = (numbers[0], numbers.Count > 1 ? numbers[1] : DefaultGroupSize);
        if (numbers.Count <= 2 && AffineFormat.IsPossible(bits, group))
            return new RuntimeQuantization(new AffineFormat(bits, group));
        error = $"--quantize {value}: use BITS or BITS:GROUP, for example 4:64; {AffineFormat.Possibilities}.";
        return null;
    }

    private static int Number(string text) =>
        NumberText.ReadWhole(text, out var number) is null && number is > 0 and <= int.MaxValue ? (int)number : 0;
}
