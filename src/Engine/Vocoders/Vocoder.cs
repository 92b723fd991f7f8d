using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Converts a spectrogram to a waveform, always in float32, because bfloat16 loses most of the spectrum's precision
/// (docs/reference/vae.md, section 6). Keys: one generator's below <c>vocoder</c> in 2.0; in 2.3 <c>vocoder.vocoder</c> and the bandwidth
/// extension.
/// </summary>
public sealed class Vocoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "vocoder";

    private readonly Device _device;
    private readonly WaveGenerator generator;
    private readonly BandwidthExtension? extension;

    /// <summary>Reads the weights from <paramref name="root"/>, the checkpoint's root.</summary>
    public Vocoder(WeightScope root, VocoderConfig config)
        : base(nameof(Vocoder))
    {
        var scope = root.Sub(KeyPrefix).In(ScalarType.Float32);
        _device = scope.Compute.Device;
        SampleRate = config.SampleRate;
        generator = new WaveGenerator(config.Extension is null ? scope : scope.Sub("vocoder"), config.Generator);
        extension = config.Extension is { } bandwidth ? new BandwidthExtension(scope, bandwidth) : null;
        RegisterComponents();
    }

    /// <summary>Sample rate in Hz: 24 000 in 2.0, 48 000 in 2.3.</summary>
    public int SampleRate { get; }

    /// <summary>Generates the waveform.</summary>
    /// <param name="spectrogram">(B, 2, T, 64): log-mel.</param>
    /// <returns>(B, 2, 240 T) in 2.0, (B, 2, 480 T) in 2.3; float32 in −1 … 1.</returns>
    public override Tensor forward(Tensor spectrogram)
    {
        using var scope = TensorScope.Open();
        var waveform = generator.forward(spectrogram.to(ScalarType.Float32, _device));
        return (extension is null ? waveform : extension.forward(waveform)).MoveToOuterDisposeScope();
    }
}
