using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Naming scheme of the keys in a file or in one set of shards, recognised from the keys themselves.</summary>
internal abstract class KeyNaming
{
    private const int VideoConvolutionRank = 5;
    private const int AudioConvolutionRank = 4;

    /// <summary>True for a transformer converted by mlx-video, alone or with other components.</summary>
    public virtual bool IsMlx => false;

    /// <summary>Returns the tensor's place in a released checkpoint; null for a duplicate of a tensor stored elsewhere.</summary>
    /// <param name="key">The tensor's key in the file.</param>
    /// <param name="rank">The tensor's number of dimensions.</param>
    public abstract ReleasedTensor? Place(string key, int rank);

    /// <summary>Detects the naming scheme of a set of tensors.</summary>
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

    /// <summary>Maps all known names of a VAE's statistics to the released ones; returns other keys unchanged.</summary>
    protected static string Statistics(string key) => key switch
    {
        "latents_mean" or "per_channel_statistics.mean" or "per_channel_statistics._mean_of_means" =>
            "per_channel_statistics.mean-of-means",
        "latents_std" or "per_channel_statistics.std" or "per_channel_statistics._std_of_means" => "per_channel_statistics.std-of-means",
        _ => key,
    };
}
