using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Text;

namespace MlxVideo.Benchmarks;

/// <summary>Options of the engine benchmarks.</summary>
/// <param name="Json">Writes one JSON document to standard output; progress goes to standard error.</param>
/// <param name="Rounds">Number of runs of each measurement.</param>
/// <param name="Threads">Number of libtorch CPU threads.</param>
/// <param name="Only">The only benchmark to run; null for all.</param>
/// <param name="Device">Device of the engine, as in <see cref="ComputeSettings"/>.</param>
/// <param name="Kernels">Kernels of the engine, as in <see cref="ComputeSettings"/>.</param>
public sealed record BenchmarkOptions(bool Json, int Rounds, int Threads, string? Only, string Device, string Kernels)
{
    /// <summary>Values of --only.</summary>
    public static readonly IReadOnlyList<string> Parts = ["denoise", "decode", "memory"];

    private const int DefaultRounds = 5;

    /// <summary>Whether a benchmark is selected.</summary>
    public bool Wants(string part) => Only is null || Only == part;

    /// <summary>Parses the arguments after <c>bench</c>; null when they are invalid.</summary>
    public static BenchmarkOptions? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[0] != "engine")
            return null;
        var options = new BenchmarkOptions(
            false, DefaultRounds, Environment.ProcessorCount, null, ComputeSettings.Auto, ComputeSettings.Auto);
        for (var index = 1; index < arguments.Count; index++)
        {
            var value = index + 1 < arguments.Count ? arguments[index + 1] : null;
            switch (arguments[index])
            {
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--rounds" when IsCount(value, out var rounds):
                    options = options with { Rounds = rounds };
                    index++;
                    break;
                case "--threads" when IsCount(value, out var threads):
                    options = options with { Threads = threads };
                    index++;
                    break;
                case "--only" when value is not null && Parts.Contains(value):
                    options = options with { Only = value };
                    index++;
                    break;
                case "--device" when value is not null:
                    options = options with { Device = value };
                    index++;
                    break;
                case "--kernels" when value is not null:
                    options = options with { Kernels = value };
                    index++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    private static bool IsCount(string? value, out int count) =>
        (count = value is not null && NumberText.ReadWhole(value, out var number) is null && number <= int.MaxValue ? (int)number : 0) > 0;
}
