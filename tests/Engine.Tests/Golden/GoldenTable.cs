using System.Globalization;
using System.Text;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Collects the outcome of each case and writes the table after the last golden test.</summary>
public sealed class GoldenTable : IDisposable
{
    private readonly SortedDictionary<string, string> _rows = new(StringComparer.Ordinal);

    /// <summary>Records one outcome.</summary>
    public void Add(string path, string mode, string outcome, GoldenRun? run)
    {
        var compared = run is null ? "" : run.Compared.ToString(CultureInfo.InvariantCulture);
        var error = run is null ? "" : run.Worst.Error.ToString("0.0e+00", CultureInfo.InvariantCulture);
        var tolerance = run is null ? "" : run.Worst.Tolerance.ToString("0.0e+00", CultureInfo.InvariantCulture);
        lock (_rows)
            _rows[$"{path} {mode}"] = $"{path,-44} {mode,-12} {compared,8} {error,9} {tolerance,9}  {outcome}";
    }

    /// <summary>Writes the table to the console and to the file named by <c>MLXVIDEO_GOLDEN_TABLE</c>, if set.</summary>
    public void Dispose()
    {
        var text = new StringBuilder($"{"case",-44} {"mode",-12} {"tensors",8} {"max error",9} {"tolerance",9}  outcome\n");
        foreach (var row in _rows.Values)
            text.Append(row).Append('\n');
        Console.WriteLine(text);
        if (Environment.GetEnvironmentVariable("MLXVIDEO_GOLDEN_TABLE") is { Length: > 0 } file)
            File.WriteAllText(file, text.ToString());
    }
}
