using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>How the keys of a file, or of one set of shards, are called; recognised by the keys themselves.</summary>
internal abstract class KeyNaming
{
    private const int VideoConvolutionRank = 5;
    private const int AudioConvolutionRank = 4;

    /// <summary>True for a transformer, alone or with other components, that mlx-video converted.</summary>
    public virtual bool IsOfMlx => false;

    /// <summary>Where a tensor stands in a released checkpoint; null for a copy of one that the file holds elsewhere.</summary>
    /// <param name="key">Its key in the file.</param>
    /// <param name="rank">Number of its dimensions.</param>
    public abstract ReleasedTensor? Place(string key, int rank);

    /// <summary>Recognises the naming of a set of tensors.</summary>
    public static KeyNaming Of(IReadOnlyCollection<TensorEntry> tensors)
    {
        if (Has("vae_decoder.") || Has("vae_encoder.") || Has("connector.") || Has("transformer.transformer_blocks."))
            return new MlxUnifiedNaming(tensors);
        if (Has("connectors.") || Has("video_connector.") || Has("audio_connector.") || Has("text_proj_in.") || Has("video_text_proj_in."))
            return new ConnectorsNaming();
        if (Has("video_embeddings_connector.") || Has("audio_embeddings_connector."))
            return new PrefixNaming("model.diffusion_model.", exceptions: ["text_embedding_projection.", "model.diffusion_model."]);
        if (Has("diffusion_model.") || Has("transformer_blocks.") || Has("patchify_proj.") || Has("proj_in."))
            return new TransformerNaming(tensors);
        if (Has("bwe_generator.") || Has("conv_pre.") || Has("upsamplers.") || Has("ups."))
            return new VocoderNaming();
        if (!Has("encoder.") && !Has("decoder."))
            return new PrefixNaming("");
        return tensors.Where(tensor => tensor.Name.EndsWith("conv_in.conv.weight", StringComparison.Ordinal))
            .Select(tensor => tensor.Shape.Count).FirstOrDefault() switch
        {
            VideoConvolutionRank => new VideoVaeNaming(tensors),
            AudioConvolutionRank => new AudioVaeNaming(),
            _ => new PrefixNaming(""),
        };

        bool Has(string prefix) => tensors.Any(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>The statistics of a VAE under every name that they have; the key itself when it is something else.</summary>
    protected static string Statistics(string key) => key switch
    {
        "latents_mean" or "per_channel_statistics.mean" or "per_channel_statistics._mean_of_means" =>
            "per_channel_statistics.mean-of-means",
        "latents_std" or "per_channel_statistics.std" or "per_channel_statistics._std_of_means" => "per_channel_statistics.std-of-means",
        _ => key,
    };
}
