using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Keys of a transformer, alone or with released names of other components: released names without their prefix or with another one,
/// diffusers names, or MLX names, which do not number the layers of a sequence. mlx-video leaves a duplicate of the connectors in this
/// file, in addition to their own file.
/// </summary>
/// <param name="tensors">All tensors of the file or set of shards.</param>
internal sealed class TransformerNaming(IReadOnlyCollection<TensorEntry> tensors) : KeyNaming
{
    /// <inheritdoc/>
    public override bool IsMlx { get; } = tensors.Any(tensor => tensor.Name.Contains(".ff.proj_in.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override ReleasedTensor? Place(string key, int rank)
    {
        var released = CheckpointSection.IsKnown(key) ? key : LayerNames.ReleasedKey(key);
        return IsMlx && CheckpointSection.Connectors.Owns(released) ? null : new ReleasedTensor(released);
    }
}
