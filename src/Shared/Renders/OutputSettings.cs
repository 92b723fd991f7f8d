using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Shared.Renders;

/// <summary>How a clip's frames and audio are encoded. None of it affects the frames before the encoding.</summary>
public sealed record OutputSettings
{
    /// <summary>The settings of a clip that asks for nothing else.</summary>
    public static OutputSettings Default { get; } = new();

    /// <summary>The video encoder, which determines the container (<see cref="VideoEncoders.ExtensionOf"/>).</summary>
    public VideoEncoderKind Encoder { get; init; } = VideoEncoderKind.X264;

    /// <summary>
    /// Constant rate factor, 0 (best) to 51; 19 is the official value. The VideoToolbox encoders map it to their own scale of quality;
    /// ProRes and FFV1 ignore it.
    /// </summary>
    [Range(0, OutputSettingsRules.MaxCrf)]
    public int Crf { get; init; } = 19;

    /// <summary>Trades x264's encoding time for file size; other encoders ignore it.</summary>
    public X264Preset Preset { get; init; } = X264Preset.Veryfast;

    /// <summary>Bit rate of AAC audio in kilobits per second; the lossless audio of ProRes and FFV1 clips ignores it.</summary>
    [Range(OutputSettingsRules.MinAudioBitrate, OutputSettingsRules.MaxAudioBitrate)]
    public int AudioBitrate { get; init; } = 256;

    /// <summary>Chain of ffmpeg's audio filters, applied before the encoding (<see cref="AudioFilterChain"/>); empty for none.</summary>
    [Length(0, AudioFilterChain.MaxLength)]
    public string AudioFilter { get; init; } = "";
}

/// <summary>Video encoders.</summary>
public enum VideoEncoderKind
{
    /// <summary>H.264 by x264, 4:2:0; in mp4, with AAC. The same bytes on every run.</summary>
    X264,

    /// <summary>H.264 by macOS's VideoToolbox: fast, but its bytes are not guaranteed to repeat.</summary>
    H264Videotoolbox,

    /// <summary>HEVC by macOS's VideoToolbox: fast, but its bytes are not guaranteed to repeat.</summary>
    HevcVideotoolbox,

    /// <summary>ProRes 422 HQ, 10 bits, for editing; in mov, with uncompressed audio.</summary>
    Prores,

    /// <summary>FFV1, lossless RGB: exactly the rendered frames; in mkv, with lossless audio.</summary>
    Ffv1,
}

/// <summary>x264's presets, from the fastest to the smallest files.</summary>
public enum X264Preset
{
    /// <summary>Fastest.</summary>
    Ultrafast,

    /// <summary>Faster than <see cref="Veryfast"/>.</summary>
    Superfast,

    /// <summary>The official preset.</summary>
    Veryfast,

    /// <summary>Slower than <see cref="Veryfast"/>.</summary>
    Faster,

    /// <summary>Slower than <see cref="Faster"/>.</summary>
    Fast,

    /// <summary>x264's own default.</summary>
    Medium,

    /// <summary>Slower than <see cref="Medium"/>.</summary>
    Slow,

    /// <summary>Slower than <see cref="Slow"/>.</summary>
    Slower,

    /// <summary>Smallest files.</summary>
    Veryslow,
}
