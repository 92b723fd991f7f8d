namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Keys of the embeddings connectors and their projections in diffusers naming (golden/connectors, weights_diffusers_names).
/// </summary>
internal sealed class ConnectorsNaming : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new(LayerNames.ReleasedKey(key));
}
