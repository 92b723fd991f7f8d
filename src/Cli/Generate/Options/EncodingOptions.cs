using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Decoding of the latent, and encoding of frames and audio.</summary>
internal sealed class EncodingOptions : IRequestOptions
{
    private static readonly OutputSettings Defaults = OutputSettings.Default;

    private readonly Option<string> _tiling = Checked(
        "--tiling",
        "Decode tiles: auto takes the official ones, or smaller ones if they would not fit into memory. Others: "
            + $"{string.Join(", ", TilingModes.Names.Skip(1))}.",
        "auto", text => TilingModes.Read(text, out _), TilingModes.Names);

    private readonly Option<string> _encoder = Checked(
        "--video-encoder", "x264 (mp4), prores (mov), ffv1 (lossless, mkv), and on macOS h264-videotoolbox and hevc-videotoolbox (mp4).",
        VideoEncoders.NameOf(Defaults.Encoder),
        text => OutputSettingsRules.Encoder(text, out var encoder) ?? VideoEncoders.FindProblem(encoder), VideoEncoders.Names);

    private readonly Option<int> _crf = NumberOption.Int(
        "--crf", "Quality of x264, from 0 (best) to 51.", Defaults.Crf, OutputSettingsRules.Crf);

    private readonly Option<string> _preset = Checked(
        "--encoder-preset", "x264's preset, from ultrafast to veryslow: slower presets write smaller files.", "veryfast",
        text => OutputSettingsRules.Preset(text, out _), OutputSettingsRules.PresetNames);

    private readonly Option<string> _bitrate = Checked(
        "--audio-bitrate", "Bit rate of AAC audio in kbit/s, with or without the unit: 256k.", $"{Defaults.AudioBitrate}k",
        text => OutputSettingsRules.AudioBitrate(text, out _), []);

    private readonly Option<string> _filter = Checked(
        "--audio-filter", "Chain of ffmpeg's audio filters, such as highpass=f=80,volume=0.8; clean removes hum and noise.", "none",
        text => AudioFilterChain.Read(text, out _), ["none", AudioFilterChain.CleanName]);

    public EncodingOptions(VariableDefaults variables)
    {
        // LTX_STREAM_CODEC is the encoder of mlx-video's streaming, LTX_VIDEO_ENCODER that of its other mode.
        variables.Apply(_encoder, "LTX_VIDEO_ENCODER");
        variables.Apply(_encoder, "LTX_STREAM_CODEC");
        variables.Apply(_crf, "LTX_STREAM_CRF");
        variables.Apply(_preset, "LTX_STREAM_PRESET");
        variables.Apply(_bitrate, "LTX_AUDIO_BITRATE");
        variables.Apply(_filter, "LTX_AUDIO_FILTER");
    }

    /// <inheritdoc/>
    public OptionGroup Group => new("Decoding and encoding", _tiling, _encoder, _crf, _preset, _bitrate, _filter);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        // The parser has checked the texts.
        TilingModes.Read(parsed.GetRequiredValue(_tiling), out var tiling);
        OutputSettingsRules.Encoder(parsed.GetRequiredValue(_encoder), out var encoder);
        OutputSettingsRules.Preset(parsed.GetRequiredValue(_preset), out var preset);
        OutputSettingsRules.AudioBitrate(parsed.GetRequiredValue(_bitrate), out var bitrate);
        AudioFilterChain.Read(parsed.GetRequiredValue(_filter), out var filter);
        return request with
        {
            Settings = request.Settings with
            {
                Tiling = tiling,
                Output = new OutputSettings
                {
                    Encoder = encoder,
                    Crf = parsed.GetValue(_crf),
                    Preset = preset,
                    AudioBitrate = bitrate,
                    AudioFilter = filter,
                },
            },
        };
    }

    /// <summary>Creates an option whose text is checked by the parser.</summary>
    /// <param name="find">Returns the error in a text as a sentence, or null.</param>
    private static Option<string> Checked(
        string name, string description, string byDefault, Func<string, string?> find, IReadOnlyList<string> completions)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (find(text) is { } error)
                    result.AddError($"{name}: {error}");
                return text;
            },
        };
        option.CompletionSources.Add([.. completions]);
        return option;
    }
}
