using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Vocoders;

/// <summary>The vocoder's shape, from the checkpoint metadata's <c>config.vocoder</c> (docs/reference/vae.md, section 6).</summary>
/// <param name="Generator">Spectrogram to waveform.</param>
/// <param name="Extension">What turns the waveform into one of a higher rate; null in 2.0.</param>
/// <param name="SampleRate">Rate of the waveform in Hz.</param>
public sealed record VocoderConfig(GeneratorConfig Generator, BandwidthExtensionConfig? Extension, int SampleRate)
{
    /// <summary>Reads the configuration: 2.3 nests two generators, 2.0 has one.</summary>
    /// <exception cref="CheckpointException">A value is missing or names a variant that is not supported.</exception>
    public static VocoderConfig Parse(ConfigSection config)
    {
        if (!config.Has("bwe"))
            return new VocoderConfig(GeneratorConfig.Parse(config), null, (int)config.Integer("output_sampling_rate", 24_000));
        var extension = BandwidthExtensionConfig.Parse(config.Section("bwe"));
        return new VocoderConfig(GeneratorConfig.Parse(config.Section("vocoder")), extension, extension.OutputRate);
    }
}

/// <summary>The shape of the bandwidth extension of 2.3.</summary>
/// <param name="Generator">Makes what the higher rate has more.</param>
/// <param name="InputRate">Rate that comes in, in Hz: 16 000.</param>
/// <param name="OutputRate">Rate that goes out, in Hz: 48 000.</param>
/// <param name="HopLength">Samples that come in for each spectrogram frame.</param>
/// <param name="WindowLength">Samples of a spectrogram frame: <c>n_fft</c>.</param>
/// <param name="MelBins">Mel bins of the spectrogram.</param>
public sealed record BandwidthExtensionConfig(
    GeneratorConfig Generator, int InputRate, int OutputRate, long HopLength, long WindowLength, long MelBins)
{
    /// <summary>Samples that go out for each one that comes in.</summary>
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
                $"{config.Path}: the rates {parsed.InputRate} and {parsed.OutputRate} Hz do not fit {parsed.Generator.SamplesPerFrame} "
                    + $"samples for each {parsed.HopLength}.");
    }
}
