namespace MlxVideo.Shared.Stages;

/// <summary>Components of a model, each loaded and unloaded as a whole. The values are part of the wire protocol.</summary>
public enum ModelComponent
{
    /// <summary>Gemma 3, feature extractor and connectors.</summary>
    TextEncoder = 1,

    /// <summary>The diffusion transformer.</summary>
    Transformer = 2,

    /// <summary>The video VAE's encoder.</summary>
    VideoEncoder = 3,

    /// <summary>The latent upsampler.</summary>
    Upsampler = 4,

    /// <summary>The video VAE's decoder.</summary>
    VideoDecoder = 5,

    /// <summary>The audio VAE's decoder and the vocoder.</summary>
    AudioDecoder = 6,

    /// <summary>The audio VAE's encoder.</summary>
    AudioEncoder = 7,
}
