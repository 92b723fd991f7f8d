using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>The complete settings of a request, and the files that they name by digest.</summary>
/// <param name="FileOf">Returns the file with a digest.</param>
internal sealed record RenderInputs(RenderSettings Settings, Func<string, string> FileOf)
{
    /// <summary>Returns the inputs of a request; hashes its files.</summary>
    public static RenderInputs Of(GenerateRequest request)
    {
        if (request.Replay is { } replay)
            return new RenderInputs(replay.Settings, replay.FileOf);
        var files = new Dictionary<string, string>();
        var settings = InputSettings.WithBlobs(request.Settings, request.Inputs, path =>
        {
            var blob = BlobRef.OfFile(path);
            files[blob.Digest] = path;
            return blob;
        });
        return new RenderInputs(settings, digest => files[digest]);
    }
}
