using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Inputs;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>Reads the properties of media files with ffprobe.</summary>
public static class MediaProbe
{
    private const string Entries =
        "stream=index,codec_type,width,height,avg_frame_rate,nb_read_packets,sample_rate,duration"
        + ":stream_side_data=rotation:format=duration";

    /// <summary>Reads the properties of a file's first video stream and first audio stream.</summary>
    /// <exception cref="UnreadableMediaException">The file is damaged or has neither video nor audio.</exception>
    public static MediaProperties Read(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        var result = FfmpegProcess.RunAsync(
                tools.Ffprobe,
                [.. InputFile.Arguments(path).Where(argument => argument != "-nostdin"), "-count_packets", "-show_entries", Entries,
                    "-of", "json"],
                default, cancellationToken).GetAwaiter().GetResult();
        if (result.ExitCode != 0)
            throw new UnreadableMediaException($"{path} can't be read: it is damaged or not a media file (ffprobe: {result.Error}).");
        using var answer = JsonDocument.Parse(result.Output);
        var streams = answer.RootElement.GetProperty("streams").EnumerateArray().ToList();
        var video = Find(streams, "video");
        var audio = Find(streams, "audio");
        if (video is null && audio is null)
            throw new UnreadableMediaException($"{path} has neither video nor audio.");
        var (width, height) = video is { } displayed ? SizeOf(displayed) : (0, 0);
        return new MediaProperties(
            width, height,
            video is { } counted ? (int)Number(counted, "nb_read_packets") : 0,
            video is { } timed ? Rate(timed) : 0,
            audio is { } sampled ? (int)Number(sampled, "sample_rate") : null,
            audio is { } sound ? DurationOf(sound, answer.RootElement) : 0);
    }

    private static JsonElement? Find(List<JsonElement> streams, string type)
    {
        var found = streams.Where(stream => stream.GetProperty("codec_type").GetString() == type).ToList();
        return found.Count == 0 ? null : found[0];
    }

    private static (int Width, int Height) SizeOf(JsonElement stream)
    {
        var (width, height) = (stream.GetProperty("width").GetInt32(), stream.GetProperty("height").GetInt32());
        var turned = stream.TryGetProperty("side_data_list", out var sideData) && sideData.EnumerateArray()
            .Any(data => data.TryGetProperty("rotation", out var rotation) && Math.Abs(rotation.GetDouble()) % 180 == 90);
        return turned ? (height, width) : (width, height);
    }

    private static double Rate(JsonElement stream)
    {
        var parts = stream.GetProperty("avg_frame_rate").GetString()!.Split('/').Select(double.Parse).ToList();
        return parts is [var frames, > 0] ? frames / parts[1] : 1; // images have no rate
    }

    private static double DurationOf(JsonElement stream, JsonElement root) => Number(stream, "duration") is > 0 and var seconds
        ? seconds
        : root.TryGetProperty("format", out var format) ? Number(format, "duration") : 0;

    private static double Number(JsonElement element, string name) => element.TryGetProperty(name, out var value)
        && double.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText(), CultureInfo.InvariantCulture,
            out var number)
        ? number
        : 0;
}
