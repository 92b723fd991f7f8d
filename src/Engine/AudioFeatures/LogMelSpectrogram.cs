using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioFeatures;

/// <summary>
/// Converts a waveform to the log-mel spectrogram that the audio VAE encodes (docs/reference/vae.md, section 7): 16 kHz, windows of
/// 1024 samples with a hop of 160, magnitudes, 64 mel bands up to 8 kHz. Runs on the CPU, because spectra are complex and Metal
/// supports complex numbers only in part.
/// </summary>
public static class LogMelSpectrogram
{
    /// <summary>Sample rate of spectrograms in Hz.</summary>
    public const int SampleRate = 16_000;

    private const int WindowLength = 1024;
    private const int HopLength = 160;
    private const int Bands = 64;
    private const double HighestFrequency = 8000;
    private const double SmallestMagnitude = 1e-5;

    private static readonly float[] Filters = MelFilterbank.Weights(WindowLength / 2 + 1, Bands, SampleRate, 0, HighestFrequency);

    /// <summary>Weight of each frequency bin in each mel band: (513, 64), float32.</summary>
    public static Tensor Filterbank => tensor(Filters).view(WindowLength / 2 + 1, Bands);

    /// <summary>Computes the spectrogram of a waveform.</summary>
    /// <param name="waveform">(B, C, N) in −1 … 1; more than 512 samples at 16 kHz.</param>
    /// <param name="sampleRate">Sample rate of the waveform in Hz; anything but 16 kHz is resampled first.</param>
    /// <returns>(B, C, 1 + N / 160, 64): natural logarithms, float32.</returns>
    public static Tensor Of(Tensor waveform, int sampleRate)
    {
        using var scope = TensorScope.OpenOnHost();
        var samples = AudioResampler.Resample(waveform, sampleRate, SampleRate);
        var (batch, channels, length) = (samples.shape[0], samples.shape[1], samples.shape[2]);
        if (length <= WindowLength / 2)
            throw new ArgumentException(
                $"The audio has {length} samples at {SampleRate} Hz, but a spectrogram needs more than {WindowLength / 2}.",
                nameof(waveform));
        var spectrum = stft(
            samples.reshape(batch * channels, length), WindowLength, HopLength, WindowLength, hann_window(WindowLength), center: true,
            return_complex: true);
        var mel = matmul(spectrum.abs().transpose(1, 2), Filterbank);
        return mel.clamp(min: SmallestMagnitude).log().reshape(batch, channels, -1, Bands).MoveToOuterDisposeScope();
    }
}
