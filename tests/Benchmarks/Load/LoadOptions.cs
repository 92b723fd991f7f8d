using System.Globalization;

namespace MlxVideo.Benchmarks.Load;

/// <summary>Options of the load benchmark.</summary>
/// <param name="Json">Writes one JSON document to standard output; progress goes to standard error.</param>
/// <param name="Rows">Number of rows, submitted as one batch.</param>
/// <param name="Workers">Number of workers, each with a cluster node and a data folder of its own.</param>
/// <param name="Processes">Number of processes that the workers share.</param>
/// <param name="Minutes">Maximum time for the batch after the restart of the coordinator.</param>
public sealed record LoadOptions(bool Json, int Rows, int Workers, int Processes, double Minutes)
{
    /// <summary>Parses the arguments after <c>bench</c>; null when they are invalid.</summary>
    public static LoadOptions? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[0] != "load")
            return null;
        var options = new LoadOptions(Json: false, Rows: 10_000, Workers: 64, Processes: 4, Minutes: 30);
        for (var index = 1; index < arguments.Count; index++)
        {
            if (arguments[index] == "--json")
            {
                options = options with { Json = true };
                continue;
            }

            if (++index == arguments.Count || !double.TryParse(arguments[index], CultureInfo.InvariantCulture, out var value) || value <= 0)
                return null;
            switch (arguments[index - 1])
            {
                case "--rows":
                    options = options with { Rows = (int)value };
                    break;
                case "--workers":
                    options = options with { Workers = (int)value };
                    break;
                case "--processes":
                    options = options with { Processes = (int)value };
                    break;
                case "--minutes":
                    options = options with { Minutes = value };
                    break;
                default:
                    return null;
            }
        }

        return options.Rows > 0 && options.Workers > 0 && options.Processes > 0 && options.Processes <= options.Workers ? options : null;
    }
}
