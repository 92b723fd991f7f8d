namespace MlxVideo.Engine.Checkpoints;

/// <summary>The embeddings connectors and their projections under diffusers' names (golden/connectors, weights_diffusers_names).</summary>
internal sealed class ConnectorsNaming : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new(LayerNames.ReleasedKey(key));
}
