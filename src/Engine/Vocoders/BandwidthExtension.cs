using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Raises the rate of a waveform: resamples it and adds a generator's output for its spectrogram (docs/reference/vae.md, section 6).
/// Keys: <c>bwe_generator</c> and the spectrogram's <c>mel_stft.mel_basis</c> (mel, n_fft / 2 + 1),
/// <c>mel_stft.stft_fn.forward_basis</c> (n_fft + 2, 1, n_fft): windowed cosines, then sines.
/// </summary>
internal sealed class BandwidthExtension : nn.Module<Tensor, Tensor>
{
    private const double SmallestMagnitude = 1e-5;

    private readonly BandwidthExtensionConfig _config;
    private readonly TensorKernels _kernels;
    private readonly SincUpsampler _resampler;
    private readonly WaveGenerator bwe_generator;
    private readonly Tensor melBasis;
    private readonly Tensor forwardBasis;

    // In the checkpoint but unused here: converts spectrograms back to waveforms.
    private readonly Tensor inverseBasis;

    public BandwidthExtension(WeightScope scope, BandwidthExtensionConfig config)
        : base(nameof(BandwidthExtension))
    {
        (_config, _kernels) = (config, scope.Compute.Kernels);
        _resampler = new SincUpsampler(config.Ratio, scope.Compute);
        var bins = config.WindowLength / 2 + 1;
        bwe_generator = new WaveGenerator(scope.Sub("bwe_generator"), config.Generator);
        melBasis = scope.Weight("mel_stft.mel_basis", config.MelBins, bins);
        forwardBasis = scope.Weight("mel_stft.stft_fn.forward_basis", 2 * bins, 1, config.WindowLength);
        inverseBasis = scope.Weight("mel_stft.stft_fn.inverse_basis", 2 * bins, 1, config.WindowLength);
        RegisterComponents();
    }

    /// <summary>(B, 2, N) to (B, 2, ratio · N), in −1 … 1.</summary>
    public override Tensor forward(Tensor waveform)
    {
        using var scope = TensorScope.Open();
        var length = waveform.shape[2];
        var missing = (_config.HopLength - length % _config.HopLength) % _config.HopLength;
        var whole = _kernels.Pad(waveform, 2, 0, missing, PaddingMode.Zeros);
        var added = bwe_generator.forward(Spectrogram(whole));
        return (added + _resampler.Apply(whole, _kernels)).clamp(-1, 1).narrow(2, 0, length * _config.Ratio).contiguous()
            .MoveToOuterDisposeScope();
    }

    /// <summary>(B, 2, N) to the log-mel spectrogram (B, 2, N / hop, mel); each frame ends with its hop.</summary>
    private Tensor Spectrogram(Tensor waveform)
    {
        using var scope = TensorScope.Open();
        var (batch, channels) = (waveform.shape[0], waveform.shape[1]);
        var padded =
            _kernels.Pad(waveform.reshape(batch * channels, 1, -1), 2, _config.WindowLength - _config.HopLength, 0, PaddingMode.Zeros);
        var parts = F.conv1d(padded, forwardBasis, stride: _config.HopLength);
        var bins = parts.shape[1] / 2;
        var magnitude = (parts.narrow(1, 0, bins).square() + parts.narrow(1, bins, bins).square()).sqrt();
        var mel = matmul(melBasis, magnitude).clamp(min: SmallestMagnitude).log();
        return mel.reshape(batch, channels, _config.MelBins, -1).transpose(2, 3).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _resampler.Dispose();
        base.Dispose(disposing);
    }
}
