using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Operations that need different forms on different devices for correctness or speed. The models' mathematics is written once on top
/// of them; implementations must agree on the CPU within rounding.
/// </summary>
public abstract class TensorKernels
{
    /// <summary>User-facing name: <c>plain</c> or <c>metal-safe</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The name, with everything else that determines the last bits of results.</summary>
    public virtual string Arithmetic => Name;

    /// <summary>Computes softmax(q kᵀ · scale + mask) v, with the softmax in float32.</summary>
    /// <param name="query">(B, heads, Tq, head_dim)</param>
    /// <param name="key">(B, heads, Tk, head_dim)</param>
    /// <param name="value">(B, heads, Tk, head_dim)</param>
    /// <param name="mask">Additive, float, broadcastable to (B, heads, Tq, Tk); null for none.</param>
    /// <param name="scale">Factor on the scores; usually 1/√head_dim.</param>
    /// <returns>(B, heads, Tq, head_dim), the dtype of <paramref name="query"/>.</returns>
    public abstract Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale);

    /// <summary>Computes x Wᵀ + b over the last axis.</summary>
    /// <param name="input">(..., in)</param>
    /// <param name="weight">(out, in)</param>
    /// <param name="bias">(out) or null.</param>
    public abstract Tensor Linear(Tensor input, Tensor weight, Tensor? bias);

    /// <summary>Returns x / √(mean(x²) + ε) over the last axis, times the weight, computed in float32, in the input's dtype.</summary>
    /// <param name="input">(..., D)</param>
    /// <param name="weight">(D) in any float dtype; null for none.</param>
    public virtual Tensor RmsNorm(Tensor input, double epsilon, Tensor? weight = null) =>
        RootMeanSquareNorm.Apply(input, epsilon, weight);

    /// <summary>3-D convolution without padding, stride 1, no dilation.</summary>
    /// <param name="input">(B, C, F, H, W), already padded.</param>
    /// <param name="weight">(O, C, kf, kh, kw)</param>
    /// <param name="bias">(O) or null.</param>
    public abstract Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias);

    /// <summary>Group normalisation with statistics over each group's channels and all positions.</summary>
    /// <param name="input">(B, C, ...)</param>
    public abstract Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon);

    /// <summary>
    /// Pads the input of a 3 x 3 x 3 convolution: copies of the first and last frame, and one row and column on each side.
    /// </summary>
    /// <param name="input">(B, C, F, H, W)</param>
    /// <param name="framesBefore">Copies of the first frame.</param>
    /// <param name="framesAfter">Copies of the last frame.</param>
    /// <param name="spatial">Padding of height and width.</param>
    /// <param name="prepare">
    /// Transformation applied to the input first; null for none. It must treat each frame independently and keep its size, because it
    /// may receive a few frames at a time.
    /// </param>
    /// <returns>(B, C, F + before + after, H + 2, W + 2)</returns>
    public abstract Tensor PadVolume(
        Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null);

    /// <summary>Pads one axis with zeros, its edge value, or its mirror image without the edge.</summary>
    public abstract Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode);
}

/// <summary>Fill modes of <see cref="TensorKernels.Pad"/>.</summary>
public enum PaddingMode
{
    Zeros,

    /// <summary>Copies of the edge.</summary>
    Replicate,

    /// <summary>The mirror image without the edge; needs more positions than are padded.</summary>
    Reflect,
}
