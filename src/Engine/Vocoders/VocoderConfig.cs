using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Vocoders;

/// <summary>The vocoder's configuration, from the checkpoint metadata's <c>config.vocoder</c> (docs/reference/vae.md, section 6).</summary>
/// <param name="Generator">Converts the spectrogram to a waveform.</param>
/// <param name="Extension">Raises the waveform's sample rate; null in 2.0.</param>
/// <param name="SampleRate">Sample rate of the final waveform in Hz.</param>
public sealed record VocoderConfig(GeneratorConfig Generator, BandwidthExtensionConfig? Extension, int SampleRate)
{
    /// <summary>Parses the configuration, which nests two generators in 2.3 and has one in 2.0.</summary>
    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static VocoderConfig Parse(ConfigSection config)
    {
        if (!config.Has("bwe"))
            return new VocoderConfig(GeneratorConfig.Parse(config), null, (int)config.Integer("output_sampling_rate", 24_000));
        var extension = BandwidthExtensionConfig.Parse(config.Section("bwe"));
        return new VocoderConfig(GeneratorConfig.Parse(config.Section("vocoder")), extension, extension.OutputRate);
    }
}

/// <summary>Configuration of the bandwidth extension in 2.3.</summary>
/// <param name="Generator">Generates the content that the higher rate adds.</param>
/// <param name="InputRate">Input sample rate in Hz: 16 000.</param>
/// <param name="OutputRate">Output sample rate in Hz: 48 000.</param>
/// <param name="HopLength">Input samples per spectrogram frame.</param>
/// <param name="WindowLength">Window length of a spectrogram frame in samples: <c>n_fft</c>.</param>
public sealed record BandwidthExtensionConfig(
    GeneratorConfig Generator, int InputRate, int OutputRate, long HopLength, long WindowLength, long MelBins)
{
    /// <summary>Output samples per input sample.</summary>
    public int Ratio => OutputRate / InputRate;

    internal static BandwidthExtensionConfig Parse(ConfigSection config)
    {
        var parsed = new BandwidthExtensionConfig(
            GeneratorConfig.Parse(config, isExtension: true),
            (int)config.Integer("input_sampling_rate"),
            (int)config.Integer("output_sampling_rate"),
            config.Integer("hop_length"),
            config.Integer("n_fft"),
            config.Integer("num_mels"));
        return parsed.InputRate > 0 && parsed.OutputRate % parsed.InputRate == 0
            && parsed.Generator.SamplesPerFrame == parsed.HopLength * parsed.Ratio
            ? parsed
            : throw new CheckpointException(
                $"{config.Path}: the rates {parsed.InputRate} and {parsed.OutputRate} Hz do not match {parsed.Generator.SamplesPerFrame} "
                    + $"output samples per {parsed.HopLength} input samples.");
    }
}
