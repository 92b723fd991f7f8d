using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Samples of a batch for which a layer is skipped; guidance perturbs the model this way.</summary>
/// <param name="Flags">One entry per sample; true skips.</param>
public sealed record SkippedSamples(IReadOnlyList<bool> Flags)
{
    /// <summary>True when every sample is skipped.</summary>
    public bool All => Flags.All(flag => flag);

    /// <summary>Returns (B, 1, 1): 0 for skipped samples, 1 for the others.</summary>
    public Tensor KeepMask(ScalarType dtype, Device device)
    {
        using var scope = TensorScope.Open();
        var keep = tensor(Flags.Select(flag => flag ? 0f : 1f).ToArray());
        return keep.view(-1, 1, 1).to(dtype, device).MoveToOuterDisposeScope();
    }
}
