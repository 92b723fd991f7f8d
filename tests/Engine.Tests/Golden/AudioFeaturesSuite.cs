using MlxVideo.Engine.AudioFeatures;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/audio_processor: log-mel spectrograms of waveforms at several sample rates.</summary>
public sealed class AudioFeaturesSuite : IGoldenSuite
{
    // The reference is float64; its authors measured an error of 4e-5 in float32 (docs/reference/vae.md, section 7).
    private const double Tolerance = 5e-5;

    // Sample rates of the recorded waveforms, derived from the ratio of resampled and original lengths.
    private static readonly int[] Rates = [16_000, 16_000, 44_100, 48_000, 24_000];

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "audio_processor")))
            yield return new GoldenCase("audio_processor", Check);
    }

    private static void Check(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        run.Close(io, "fixed.mel_filterbank", LogMelSpectrogram.Filterbank, 1e-7);
        for (var index = 0; index < Rates.Length; index++)
        {
            var waveform = io.ReadTensor($"{index}.in.waveform");
            if (io.Header.Tensors.ContainsKey($"{index}.mid.resampled_16k"))
                run.Close(
                    io, $"{index}.mid.resampled_16k", AudioResampler.Resample(waveform, Rates[index], LogMelSpectrogram.SampleRate), 2e-6);
            run.Close(io, $"{index}.out.logmel", LogMelSpectrogram.Of(waveform, Rates[index]), Tolerance);
        }
    }
}
