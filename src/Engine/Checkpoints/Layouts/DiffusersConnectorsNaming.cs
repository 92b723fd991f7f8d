namespace MlxVideo.Engine.Checkpoints.Layouts;

/// <summary>The embeddings connectors and their projections under diffusers' names (golden/connectors, weights_diffusers_names).</summary>
internal sealed class DiffusersConnectorsNaming : KeyNaming
{
    private static readonly Dictionary<string, string> Renames = new(StringComparer.Ordinal)
    {
        ["video_connector"] = "model.diffusion_model.video_embeddings_connector",
        ["audio_connector"] = "model.diffusion_model.audio_embeddings_connector",
        ["text_proj_in"] = "text_embedding_projection.aggregate_embed",
        ["video_text_proj_in"] = "text_embedding_projection.video_aggregate_embed",
        ["audio_text_proj_in"] = "text_embedding_projection.audio_aggregate_embed",
        ["transformer_blocks"] = "transformer_1d_blocks",
        ["norm_q"] = "q_norm",
        ["norm_k"] = "k_norm",
    };

    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) =>
        new(string.Join('.', key.Split('.').Select(part => Renames.GetValueOrDefault(part, part))));
}
