using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Adapters;

/// <summary>Merges adapters into dense weights, in float32 on the CPU.</summary>
internal static class LoraMerging
{
    // A row or column of zeros has no direction to which a norm could be given.
    private const double SmallestNorm = 1e-12;

    /// <summary>Adds a layer's contribution to a weight.</summary>
    /// <param name="weight">(out, in) float32 on the CPU; overwritten.</param>
    public static void AddTo(Tensor weight, LoraAdapter adapter, LoraLayer layer, double strength)
    {
        if (layer.Magnitude is { } magnitude)
        {
            using var scope = TensorScope.Open();
            var change = Renormalized(weight, adapter, layer, adapter.ReadMagnitude(magnitude)).sub_(weight);
            weight.add_(change.mul_(strength));
        }
        else
        {
            AddUpdate(weight, adapter, layer.Update, strength);
        }
    }

    /// <summary>
    /// DoRA: the weight with the whole update, in which each row or column has its norm from the adapter. The strength applies to the
    /// difference from the original weight, as in ComfyUI.
    /// </summary>
    private static Tensor Renormalized(Tensor weight, LoraAdapter adapter, LoraLayer layer, Tensor magnitude)
    {
        using var scope = TensorScope.Open();
        var adapted = weight.clone();
        AddUpdate(adapted, adapter, layer.Update, strength: 1);
        var axis = magnitude.shape[0] == 1 && weight.shape[0] != 1 ? 0 : 1;
        var norms = adapted.square().sum(axis, keepdim: true).sqrt().clamp_min(SmallestNorm);
        return adapted.mul_(magnitude / norms).MoveToOuterDisposeScope();
    }

    private static void AddUpdate(Tensor weight, LoraAdapter adapter, LoraUpdate update, double strength)
    {
        using var scope = TensorScope.Open();
        switch (update)
        {
            case LowRankUpdate lowRank:
                var (down, up) = adapter.Read(lowRank, strength);
                weight.addmm_(up, down);
                break;
            case KroneckerUpdate kronecker:
                var (left, right) = adapter.Read(kronecker, strength);
                weight.add_(KroneckerAdaptedMatrix.ProductOf(left, right));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Unknown type of adapter.");
        }
    }
}
