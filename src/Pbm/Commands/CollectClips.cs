using System.Runtime.CompilerServices;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Pbm.Commands;

/// <summary>Lists the finished clips of a batch, and writes them to a folder of the node's machine on request.</summary>
internal sealed class CollectClips(FarmCommand definition) : PbmCommand(definition)
{
    private static readonly FarmArgument Output = new(
        "output", typeof(string), "Folder on the machine of this node to which the clips are written.", false, false, null);

    private readonly FarmCommand _definition = definition;

    /// <inheritdoc/>
    public override string Summary => "Lists the finished clips of a batch; with --output, also writes them to a folder.";

    /// <inheritdoc/>
    public override IEnumerable<FarmArgument> Arguments => [.. _definition.Arguments, Output, Json];

    /// <inheritdoc/>
    public override async IAsyncEnumerable<string> RunAsync(
        IFarmGateway farm, PbmArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = arguments.Find(Output) is string path ? OutputFolder.Open(path) : null;
        var finished = (FinishedClips)await farm.ExecuteAsync(_definition.Bind(arguments.Find), cancellationToken);
        foreach (var line in Lines(finished, arguments))
            yield return line;
        if (folder is null)
            yield break;
        foreach (var clip in finished.Clips)
            await farm.GetAsync(new BlobRef(clip.Digest, clip.Bytes), folder.FileFor(clip.Output), cancellationToken);
        if (arguments.Find(Json) is not true)
            yield return $"Wrote {finished.Clips.Count} clips to {folder.FullPath}.";
    }
}
