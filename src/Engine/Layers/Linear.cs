using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>
/// A fully connected layer, the one seam behind which ways of storing its weight live. Input (..., in), output (..., out).
/// Checkpoint keys: <c>weight</c> (out, in) and <c>bias</c> (out).
/// </summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    private readonly TensorKernels _kernels;
    private readonly Tensor weight;
    private readonly Tensor? bias;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public Linear(WeightScope scope, long inFeatures, long outFeatures, bool hasBias = true)
        : base(nameof(Linear))
    {
        _kernels = scope.Compute.Kernels;
        weight = scope.Weight("weight", outFeatures, inFeatures);
        bias = hasBias ? scope.Weight("bias", outFeatures) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _kernels.Linear(input, weight, bias);
}
