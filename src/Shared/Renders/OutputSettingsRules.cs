using System.Text.Json;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// Validation rules of <see cref="OutputSettings"/>, in the form of <see cref="RenderSettingsRules"/>: null for a valid value, otherwise a
/// one-sentence error.
/// </summary>
public static class OutputSettingsRules
{
    /// <summary>Maximum constant rate factor, the strongest compression.</summary>
    public const int MaxCrf = 51;

    /// <summary>Minimum bit rate of AAC audio in kilobits per second.</summary>
    public const int MinAudioBitrate = 32;

    /// <summary>Maximum bit rate of AAC audio in kilobits per second: ffmpeg's for stereo at 24 kHz.</summary>
    public const int MaxAudioBitrate = 288;

    // The predecessor's names: it wrote with OpenCV or ffmpeg, in both cases H.264, and LTX_STREAM_CODEC named ffmpeg's encoder.
    private static readonly HashSet<string> AliasesOfX264 = new(["ffmpeg", "cv2", "libx264"], StringComparer.OrdinalIgnoreCase);

    private static readonly IReadOnlyDictionary<string, VideoEncoderKind> Encoders = Enum.GetValues<VideoEncoderKind>()
        .ToDictionary(VideoEncoders.NameOf, StringComparer.OrdinalIgnoreCase);

    private static readonly IReadOnlyDictionary<string, X264Preset> Presets = Enum.GetValues<X264Preset>()
        .ToDictionary(preset => JsonNamingPolicy.KebabCaseLower.ConvertName(preset.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of x264's presets.</summary>
    public static IReadOnlyList<string> PresetNames { get; } = Presets.Keys.ToList();

    /// <summary>Returns all errors.</summary>
    public static IEnumerable<SettingError> Check(OutputSettings settings)
    {
        if (!Enum.IsDefined(settings.Encoder))
            yield return new SettingError("video_encoder", $"Unknown encoder {(int)settings.Encoder}: use {ListOf(VideoEncoders.Names)}.");
        if (!Enum.IsDefined(settings.Preset))
            yield return new SettingError("encoder_preset", $"Unknown preset {(int)settings.Preset}: use {ListOf(PresetNames)}.");
        if (Crf(settings.Crf) is { } crf)
            yield return new SettingError("crf", crf);
        if (AudioBitrate(settings.AudioBitrate) is { } bitrate)
            yield return new SettingError("audio_bitrate", bitrate);
        if (AudioFilterChain.Check(settings.AudioFilter) is { } filter)
            yield return new SettingError("audio_filter", filter);
    }

    /// <summary>Parses an encoder's name, ignoring case; the predecessor's names mean x264.</summary>
    public static string? Encoder(string name, out VideoEncoderKind encoder)
    {
        encoder = VideoEncoderKind.X264;
        return AliasesOfX264.Contains(name) || Encoders.TryGetValue(name.Replace('_', '-'), out encoder)
            ? null
            : $"Unknown encoder '{name}': use {ListOf(VideoEncoders.Names)}.";
    }

    /// <summary>Parses the name of an x264 preset, ignoring case.</summary>
    public static string? Preset(string name, out X264Preset preset) =>
        Presets.TryGetValue(name, out preset) ? null : $"Unknown preset '{name}': use {ListOf(PresetNames)}.";

    /// <summary>Checks a constant rate factor.</summary>
    public static string? Crf(long value) => value is >= 0 and <= MaxCrf ? null : $"{value} is outside the range 0 (best) to {MaxCrf}.";

    /// <summary>Checks a bit rate in kilobits per second.</summary>
    public static string? AudioBitrate(long value) => value is >= MinAudioBitrate and <= MaxAudioBitrate
        ? null
        : $"{value} kbit/s is outside the range {MinAudioBitrate} to {MaxAudioBitrate}.";

    /// <summary>Parses a bit rate in kilobits per second, also with the unit of ffmpeg: <c>192</c>, <c>192k</c>.</summary>
    public static string? AudioBitrate(string text, out int bitrate)
    {
        bitrate = OutputSettings.Default.AudioBitrate;
        var digits = text.EndsWith('k') || text.EndsWith('K') ? text[..^1] : text;
        if (Text.NumberText.ReadWhole(digits, out var value) is { } error)
            return error;
        if (AudioBitrate(value) is { } outside)
            return outside;
        bitrate = (int)value;
        return null;
    }

    private static string ListOf(IReadOnlyList<string> names) => $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
