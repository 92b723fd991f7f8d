namespace MlxVideo.Shared.Stages;

/// <summary>The components of a model that are loaded and unloaded as a whole. The numbers are those on the wire.</summary>
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
}
