using System.Globalization;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Describes the tensors in a stage's results, to find where values go wrong.</summary>
internal static class TensorStatistics
{
    /// <summary>Returns a line for each tensor of an artefact file: name, shape, dtype, range, mean and standard deviation.</summary>
    public static IEnumerable<string> Describe(string artefact)
    {
        using var file = SafetensorsFile.Open(artefact);
        foreach (var entry in file.Header.Tensors.Values.OrderBy(entry => entry.Offset))
        {
            yield return $"{Path.GetFileName(artefact)}: {entry.Name} ({string.Join(", ", entry.Shape)}) {entry.Dtype}, "
                + Distribution(Values(file, entry));
        }
    }

    private static string Distribution(IEnumerable<double> values)
    {
        var (count, sum, squares, min, max) = (0L, 0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            count++;
            sum += value;
            squares += value * value;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }

        var mean = sum / count;
        var deviation = Math.Sqrt(Math.Max(0, squares / count - mean * mean));
        return string.Create(
            CultureInfo.InvariantCulture, $"{min:G6} to {max:G6}, mean {mean:G6}, standard deviation {deviation:G6}");
    }

    private static IEnumerable<double> Values(SafetensorsFile file, TensorEntry entry) => entry.Dtype switch
    {
        TensorDtype.F32 => file.ReadArray<float>(entry.Name).Select(value => (double)value),
        TensorDtype.F16 => file.ReadArray<Half>(entry.Name).Select(value => (double)value),
        TensorDtype.BF16 => file.ReadArray<ushort>(entry.Name).Select(value => (double)BitConverter.Int32BitsToSingle(value << 16)),
        TensorDtype.U8 => file.ReadArray<byte>(entry.Name).Select(value => (double)value),
        _ => throw new NotSupportedException($"Stages write no tensors of type {entry.Dtype}."),
    };
}
