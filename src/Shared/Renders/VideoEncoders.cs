using System.Text.Json;

namespace MlxVideo.Shared.Renders;

/// <summary>Names and containers of the video encoders.</summary>
public static class VideoEncoders
{
    private static readonly IReadOnlyDictionary<VideoEncoderKind, string> NameByEncoder = Enum.GetValues<VideoEncoderKind>()
        .ToDictionary(encoder => encoder, encoder => JsonNamingPolicy.KebabCaseLower.ConvertName(encoder.ToString()));

    /// <summary>The names, for use in options and cells.</summary>
    public static IReadOnlyList<string> Names { get; } = NameByEncoder.Values.ToList();

    /// <summary>Returns an encoder's name: <c>h264-videotoolbox</c>.</summary>
    public static string NameOf(VideoEncoderKind encoder) => NameByEncoder[encoder];

    /// <summary>Returns the file extension of an encoder's clips, with the leading period.</summary>
    public static string ExtensionOf(VideoEncoderKind encoder) => encoder switch
    {
        VideoEncoderKind.Prores => ".mov",
        VideoEncoderKind.Ffv1 => ".mkv",
        _ => ".mp4",
    };

    /// <summary>Returns why an encoder can't run on this machine, in one sentence; null when it can.</summary>
    public static string? FindProblem(VideoEncoderKind encoder) => RequiresMac(encoder) && !OperatingSystem.IsMacOS()
        ? $"The encoder {NameOf(encoder)} is part of macOS, and clips are encoded on this machine, which runs another system: use x264."
        : null;

    private static bool RequiresMac(VideoEncoderKind encoder) =>
        encoder is VideoEncoderKind.H264Videotoolbox or VideoEncoderKind.HevcVideotoolbox;
}
