using System.Text.Json;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Manifests;

namespace MlxVideo.Media.Clips;

/// <summary>Reads the manifests of clips.</summary>
public static class ManifestFile
{
    private const string Extension = ".json";

    /// <summary>Returns the path of a clip's manifest: that of the clip, with <c>.json</c> appended.</summary>
    public static string PathFor(string clip) => clip + Extension;

    /// <summary>Reads the manifest of a clip, from its container, or from a manifest file.</summary>
    /// <exception cref="ManifestException">The file has no manifest, or does not exist.</exception>
    /// <exception cref="MediaException">ffprobe can't be started.</exception>
    public static async Task<ClipManifest> ReadAsync(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new ManifestException($"{path} does not exist: give a clip of mlx-video, or its manifest.");
        var json = Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase)
            ? await File.ReadAllTextAsync(path, cancellationToken)
            : await CommentAsync(tools, path, cancellationToken);
        try
        {
            return ClipManifest.Parse(json);
        }
        catch (JsonException ex)
        {
            throw new ManifestException(
                $"{path} has no manifest of this version of mlx-video, so it can't be rendered again ({ex.Message.TrimEnd('.')}).", ex);
        }
    }

    private static async Task<string> CommentAsync(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        var result = await FfmpegProcess.RunAsync(
            tools.Ffprobe, ["-v", "error", "-show_entries", "format_tags", "-of", "json", $"file:{Path.GetFullPath(path)}"], default,
            cancellationToken);
        if (result.ExitCode != 0)
            throw new ManifestException($"{path} is not a clip: {result.Error}");
        using var answer = JsonDocument.Parse(result.Output);
        if (answer.RootElement.TryGetProperty("format", out var format) && format.TryGetProperty("tags", out var tags))
        {
            // Matroska's names are in upper case.
            foreach (var tag in tags.EnumerateObject().Where(tag => tag.Name.Equals("comment", StringComparison.OrdinalIgnoreCase)))
                return tag.Value.GetString()!;
        }

        throw new ManifestException(
            $"{path} has no manifest: it was not rendered by this version of mlx-video, or was encoded again since.");
    }
}

/// <summary>A file without a usable manifest; the message is one sentence for the user.</summary>
public sealed class ManifestException(string message, Exception? inner = null) : MediaException(message, inner), IBadInput;
