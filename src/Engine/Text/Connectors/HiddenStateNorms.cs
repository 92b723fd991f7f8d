using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// Norms of hidden states before their projection. They preserve the shape (B, S, D) and return zero for padding, regardless of its values.
/// </summary>
internal static class HiddenStateNorms
{
    private const double Epsilon = 1e-6;
    private const double Gain = 8;

    /// <summary>LTX-2.0: 8·(x − mean)/(max − min + ε) per sample over valid tokens and channels, in float32.</summary>
    /// <param name="hiddenState">(B, S, D)</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public static Tensor OverTokens(Tensor hiddenState, Tensor mask)
    {
        using var scope = TensorScope.Open();
        var x = hiddenState.to(ScalarType.Float32);
        var invalid = Invalid(mask, hiddenState.device);
        var count = invalid.logical_not().sum([1, 2], keepdim: true).to(ScalarType.Float32) * x.shape[2];
        var mean = x.masked_fill(invalid, 0).sum([1, 2], keepdim: true) / (count + Epsilon);
        var low = x.masked_fill(invalid, float.PositiveInfinity).amin([1, 2], keepdim: true);
        var high = x.masked_fill(invalid, float.NegativeInfinity).amax([1, 2], keepdim: true);
        var normed = (x - mean) * Gain / (high - low + Epsilon);
        return normed.masked_fill(invalid, 0).to(hiddenState.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>LTX-2.3: RMS norm per token.</summary>
    /// <param name="hiddenState">(B, S, D)</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public static Tensor OfEachToken(TensorKernels kernels, Tensor hiddenState, Tensor mask)
    {
        using var scope = TensorScope.Open();
        return kernels.RmsNorm(hiddenState, Epsilon).masked_fill(Invalid(mask, hiddenState.device), 0).MoveToOuterDisposeScope();
    }

    private static Tensor Invalid(Tensor mask, Device device) => mask.to(device).eq(0).unsqueeze(-1);
}
