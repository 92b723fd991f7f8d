using System.Runtime.CompilerServices;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Json;

namespace MlxVideo.Pbm.Commands;

/// <summary>A farm command as pbm offers it.</summary>
/// <param name="definition">The command.</param>
internal class PbmCommand(FarmCommand definition)
{
    /// <summary>Prints the result as JSON instead of a table.</summary>
    internal static readonly FarmArgument Json = new("json", typeof(bool), "Print the result as JSON.", false, false, false);

    /// <summary>Name within the palette.</summary>
    public string Name => definition.Name;

    /// <summary>One sentence for help texts.</summary>
    public virtual string Summary => definition.Summary;

    /// <summary>The arguments.</summary>
    public virtual IEnumerable<FarmArgument> Arguments => [.. definition.Arguments, Json];

    /// <summary>Returns the commands of a palette.</summary>
    public static IReadOnlyList<PbmCommand> Of(FarmPalette palette) =>
        FarmCommands.All.Where(command => command.Palette == palette).Select(Of).ToList();

    /// <summary>Executes the command and returns the lines of its output.</summary>
    public virtual async IAsyncEnumerable<string> RunAsync(
        IFarmGateway farm, PbmArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = definition.Bind(arguments.Find);
        if (!definition.IsStreamOf(request))
        {
            foreach (var line in Lines(await farm.ExecuteAsync(request, cancellationToken), arguments))
                yield return line;
            yield break;
        }

        string? shown = null;
        await foreach (var item in farm.StreamAsync(request, cancellationToken))
        {
            IReadOnlyList<string> lines = arguments.Find(Json) is true
                ? [JsonSerializer.Serialize(item, definition.ItemType!, FarmJson.Options)]
                : definition.ShowItem(item).ToLines();
            // Of the states of a thing, only those that differ as text are sent.
            if (string.Join('\n', lines) is var text && text == shown && !definition.CanFollow)
                continue;
            shown = text;
            foreach (var line in lines)
                yield return line;
        }
    }

    /// <summary>Shows a result as lines.</summary>
    protected IReadOnlyList<string> Lines(object result, PbmArguments arguments) => arguments.Find(Json) is true
        ? [JsonSerializer.Serialize(result, definition.ResultType, FarmJson.Options)]
        : definition.Show(result).ToLines();

    /// <summary>Batches come from a file, and clips go to a folder, of the machine on which the node runs.</summary>
    private static PbmCommand Of(FarmCommand command) => command.RequestType switch
    {
        var type when type == typeof(SubmitBatch) => new SubmitCsv(command),
        var type when type == typeof(CollectBatch) => new CollectClips(command),
        _ => new PbmCommand(command),
    };
}
