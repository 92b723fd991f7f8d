using System.Globalization;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>Options of the transfer benchmark.</summary>
/// <param name="Json">Writes one JSON document to standard output; progress goes to standard error.</param>
/// <param name="Rounds">Number of measured rounds after one to warm up.</param>
/// <param name="Tiles">Number of tiles that each worker sends per round.</param>
/// <param name="Mebibytes">Size of a tile in MiB.</param>
public sealed record TransferOptions(bool Json, int Rounds, int Tiles, int Mebibytes)
{
    /// <summary>Parses the arguments after <c>bench</c>; null when they are invalid.</summary>
    public static TransferOptions? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[0] != "transfer")
            return null;
        // A decoded tile of 24 frames at 1920 x 1088 has 144 MiB.
        var options = new TransferOptions(Json: false, Rounds: 5, Tiles: 3, Mebibytes: 144);
        for (var index = 1; index < arguments.Count; index++)
        {
            if (arguments[index] == "--json")
            {
                options = options with { Json = true };
                continue;
            }

            if (++index == arguments.Count || !int.TryParse(arguments[index], CultureInfo.InvariantCulture, out var value) || value <= 0)
                return null;
            switch (arguments[index - 1])
            {
                case "--rounds":
                    options = options with { Rounds = value };
                    break;
                case "--tiles":
                    options = options with { Tiles = value };
                    break;
                case "--mib":
                    options = options with { Mebibytes = value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
