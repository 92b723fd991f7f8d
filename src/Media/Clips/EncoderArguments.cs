using System.Globalization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Media.Clips;

/// <summary>
/// ffmpeg's arguments for an encoder: those of the frames that it is given, and those of the clip. Everything that affects the clip's
/// bytes is fixed, including the number of threads, on which the output of some encoders depends.
/// </summary>
internal sealed record EncoderArguments
{
    // More threads occasionally produce different bits of x264 (observed in 5 of 100 encodings of a clip with 64 rows and 4 threads).
    private const string Threads = "-threads 1";

    // Frames arrive as RGB and are converted by ffmpeg: the tags of the result, and a conversion without shortcuts.
    private const string ConvertToYuv = "-vf scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bitexact";

    /// <summary>Format of the frames that ffmpeg reads.</summary>
    public required RawFormat Input { get; init; }

    /// <summary>Arguments of the video encoder.</summary>
    public required string Video { get; init; }

    /// <summary>Arguments of the audio encoder.</summary>
    public required string Audio { get; init; }

    /// <summary>Arguments of the container; empty for none.</summary>
    public required string Container { get; init; }

    /// <summary>Returns the arguments for a clip.</summary>
    public static EncoderArguments Of(OutputSettings output)
    {
        var aac = string.Create(CultureInfo.InvariantCulture, $"-c:a aac -b:a {output.AudioBitrate}k");
        return output.Encoder switch
        {
            VideoEncoderKind.X264 => new EncoderArguments
            {
                Input = RawFormat.Yuv420,
                Video = string.Create(
                    CultureInfo.InvariantCulture,
                    $"-c:v libx264 -preset {PresetOf(output)} -crf {output.Crf} -pix_fmt yuv420p {Threads} {RawFormat.Bt709Tags}"),
                Audio = aac,
                Container = "-movflags +faststart",
            },
            VideoEncoderKind.H264Videotoolbox => OfVideoToolbox("-c:v h264_videotoolbox", output, aac),
            // QuickTime requires the tag.
            VideoEncoderKind.HevcVideotoolbox => OfVideoToolbox("-c:v hevc_videotoolbox -tag:v hvc1", output, aac),
            VideoEncoderKind.Prores => new EncoderArguments
            {
                Input = RawFormat.Rgb,
                Video = $"{ConvertToYuv} -c:v prores_ks -profile:v hq -vendor apl0 -pix_fmt yuv422p10le {Threads} {RawFormat.Bt709Tags}",
                Audio = "-c:a pcm_s16le",
                Container = "-movflags +faststart+use_metadata_tags", // without it, mov keeps only short texts
            },
            VideoEncoderKind.Ffv1 => new EncoderArguments
            {
                Input = RawFormat.Rgb,
                Video = $"-c:v ffv1 -level 3 -g 1 -slicecrc 1 -pix_fmt bgr0 {Threads}",
                Audio = "-c:a flac",
                Container = "",
            },
            _ => throw new ArgumentOutOfRangeException(nameof(output), output.Encoder, "Unknown encoder."),
        };
    }

    private static EncoderArguments OfVideoToolbox(string codec, OutputSettings output, string audio) => new()
    {
        Input = RawFormat.Yuv420,
        Video = string.Create(
            CultureInfo.InvariantCulture, $"{codec} -q:v {QualityOf(output.Crf)} -pix_fmt yuv420p {RawFormat.Bt709Tags}"),
        Audio = audio,
        Container = "-movflags +faststart",
    };

    private static string PresetOf(OutputSettings output) => output.Preset.ToString().ToLowerInvariant();

    /// <summary>Maps a rate factor to VideoToolbox's quality, 1 to 100, the best.</summary>
    private static int QualityOf(int crf) => Math.Max(1, 100 - (crf * 100 / OutputSettingsRules.MaxCrf));
}
