using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Resamples to an integer multiple of the rate with a Hann-windowed sinc (docs/reference/vae.md, section 6: width 6, roll-off 0.99).
/// The checkpoint does not contain its filter.
/// </summary>
internal sealed class SincUpsampler : IDisposable
{
    private const double Width = 6;
    private const double RollOff = 0.99;

    private readonly int _ratio;
    private readonly int _padding;
    private readonly int _taps;
    private readonly Tensor _filter;

    public SincUpsampler(int ratio, ComputeOptions compute)
    {
        _ratio = ratio;
        _padding = (int)Math.Ceiling(Width / RollOff);
        _taps = 2 * _padding * ratio + 1;
        var values = Enumerable.Range(0, _taps).Select(tap => (float)Tap(tap)).ToArray();
        using var scope = TensorScope.Open();
        _filter = tensor(values).view(1, 1, _taps).to(compute.Dtype, compute.Device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>(1, 1, taps): the low-pass filter.</summary>
    public Tensor Filter => _filter;

    /// <summary>(B, C, N) to (B, C, ratio · N).</summary>
    public Tensor Apply(Tensor waveform, TensorKernels kernels)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, length) = (waveform.shape[0], waveform.shape[1], waveform.shape[2]);
        var padded = kernels.Pad(waveform.reshape(batch * channels, 1, length), 2, _padding, _padding, PaddingMode.Replicate);
        var larger = F.conv_transpose1d(padded, _filter, stride: _ratio) * _ratio;
        return larger.narrow(2, 2L * _padding * _ratio, length * _ratio).reshape(batch, channels, length * _ratio)
            .MoveToOuterDisposeScope();
    }

    public void Dispose() => _filter.Dispose();

    private double Tap(int tap)
    {
        var time = ((double)tap / _ratio - _padding) * RollOff;
        var window = Math.Cos(Math.Clamp(time, -Width, Width) * Math.PI / Width / 2);
        var sinc = time == 0 ? 1 : Math.Sin(Math.PI * time) / (Math.PI * time);
        return sinc * window * window * RollOff / _ratio;
    }
}
