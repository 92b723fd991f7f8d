using System.Numerics;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.AudioFeatures;

/// <summary>
/// Resamples a waveform by a rational factor with a Hann-windowed sinc, like the official audio front end (docs/reference/vae.md,
/// section 7: width 6, roll-off 0.99). Runs on the CPU.
/// </summary>
public static class AudioResampler
{
    private const double Width = 6;
    private const double RollOff = 0.99;

    /// <summary>
    /// Resamples (B, C, N) at rate <paramref name="from"/> to (B, C, ⌈N · to / from⌉) at rate <paramref name="to"/>; float32.
    /// </summary>
    public static Tensor Resample(Tensor waveform, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        using var scope = TensorScope.OpenOnHost();
        if (from == to)
            return waveform.alias().MoveToOuterDisposeScope();
        var divisor = (int)BigInteger.GreatestCommonDivisor(from, to);
        var (step, phases) = (from / divisor, to / divisor);
        var cutoff = Math.Min(step, phases) * RollOff;
        var reach = (int)Math.Ceiling(Width * step / cutoff);
        var (batch, channels, length) = (waveform.shape[0], waveform.shape[1], waveform.shape[2]);
        var taps = 2 * reach + step;
        var values = new float[phases * taps];
        for (var phase = 0; phase < phases; phase++)
        {
            for (var tap = 0; tap < taps; tap++)
                values[phase * taps + tap] = (float)Tap(((double)(tap - reach) / step - (double)phase / phases) * cutoff, cutoff / step);
        }

        var rows = waveform.cpu().to(ScalarType.Float32).reshape(batch * channels, 1, length);
        var padded = cat([zeros(batch * channels, 1, reach), rows, zeros(batch * channels, 1, reach + step)], 2);
        var resampled = F.conv1d(padded, tensor(values).view(phases, 1, taps), stride: step).transpose(1, 2).reshape(batch, channels, -1);
        return resampled.narrow(2, 0, (length * phases + step - 1) / step).contiguous().MoveToOuterDisposeScope();
    }

    private static double Tap(double time, double scale)
    {
        time = Math.Clamp(time, -Width, Width);
        var window = Math.Cos(time * Math.PI / Width / 2);
        var sinc = time == 0 ? 1 : Math.Sin(Math.PI * time) / (Math.PI * time);
        return sinc * window * window * scale;
    }
}
