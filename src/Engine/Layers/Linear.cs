using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>
/// Fully connected layer, the only place that depends on how its weight is stored (<see cref="WeightMatrix"/>). Input (..., in), output
/// (..., out). Checkpoint keys: <c>weight</c> (out, in), its additional keys when it is packed, and <c>bias</c> (out).
/// </summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    private readonly TensorKernels _kernels;
    private readonly WeightMatrix weight;
    private readonly Tensor? bias;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public Linear(WeightScope scope, long inFeatures, long outFeatures, bool hasBias = true)
        : base(nameof(Linear))
    {
        _kernels = scope.Compute.Kernels;
        weight = scope.Matrix("weight", outFeatures, inFeatures);
        bias = hasBias ? scope.Weight("bias", outFeatures) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => weight.Product(_kernels, input, bias);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            weight.Dispose();
        base.Dispose(disposing);
    }
}
