using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Manifests;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Rendering a clip again from its manifest.</summary>
/// <param name="settings">Groups whose values the manifest replaces.</param>
internal sealed class ReplayOptions(IReadOnlyList<IRequestOptions> settings) : IRequestOptions
{
    private readonly Option<string?> _from = new("--from")
    {
        Description = "Render a clip again, with the same bits: a clip of generate or of a farm, or its manifest (.json). It replaces all "
            + "options that determine the clip.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _input = RepeatableOption.Create(
        "--input", "PATH",
        "File that the clip of --from was rendered from, such as an image; recognised by its content. Needed only if the file is no longer "
            + "at its recorded path.");

    /// <inheritdoc/>
    public OptionGroup Group => new("Rendering a clip again", _from, _input);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var files = parsed.GetValue(_input) ?? [];
        foreach (var missing in files.Where(path => !File.Exists(path)))
            errors.Add($"--input: the file {missing} does not exist.");
        if (parsed.GetValue(_from) is not { } source)
        {
            if (files.Length > 0)
                errors.Add("--input: the option belongs to --from.");
            return request;
        }

        errors.Clear(); // of settings that the manifest replaces
        foreach (var option in settings.SelectMany(group => group.Group.Options).Where(option => IsGiven(option, parsed)))
            errors.Add($"{option.Name}: {source} determines the clip: remove this option, or --from.");
        if (request.Inputs.Adapters.Count > 0 || request.Load.Quantization is not null)
            errors.Add($"--from: {source} determines adapters and quantization: remove these options, or --from.");
        try
        {
            var replay = new Replay(source, Read(source), files);
            return request with
            {
                Replay = replay,
                Settings = replay.Settings,
                Inputs = ClipInputs.None,
                Model = request.Model ?? (replay.ModelFolder is { } folder ? new ModelLocation(folder) : null),
            };
        }
        catch (MediaException ex)
        {
            errors.Add($"--from: {ex.Message}");
            return request;
        }
    }

    /// <summary>Reads the manifest, with the paths that the file beside a clip records.</summary>
    private static ClipManifest Read(string source)
    {
        var tools = FfmpegTools.Find();
        var manifest = ManifestFile.ReadAsync(tools, source, CancellationToken.None).GetAwaiter().GetResult();
        if (manifest.Files is not null || !File.Exists(ManifestFile.PathFor(source)))
            return manifest;
        try
        {
            var beside = ManifestFile.ReadAsync(tools, ManifestFile.PathFor(source), CancellationToken.None).GetAwaiter().GetResult();
            return manifest with { Files = beside.Files };
        }
        catch (ManifestException)
        {
            return manifest; // the clip's own manifest is complete except for paths
        }
    }

    private static bool IsGiven(Option option, ParseResult parsed) => parsed.GetResult(option) is { Implicit: false };
}
