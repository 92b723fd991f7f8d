using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// The transformer, alone or with released names of other components beside it: released names without their prefix or with
/// another one, diffusers' names, or those of MLX, which does not number the layers of a sequence. mlx-video leaves a copy of
/// the connectors in its file, beside those in a file of their own.
/// </summary>
/// <param name="tensors">All of the file or set of shards.</param>
internal sealed class TransformerNaming(IReadOnlyCollection<TensorEntry> tensors) : KeyNaming
{
    /// <inheritdoc/>
    public override bool IsOfMlx { get; } = tensors.Any(tensor => tensor.Name.Contains(".ff.proj_in.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override ReleasedTensor? Place(string key, int rank)
    {
        var released = CheckpointSection.IsKnown(key) ? key : LayerNames.ReleasedKey(key);
        return IsOfMlx && CheckpointSection.Connectors.Owns(released) ? null : new ReleasedTensor(released);
    }
}
