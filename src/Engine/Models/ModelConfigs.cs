using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The configurations of a model's parts, and the modules that they describe. Every way to get weights (a checkpoint,
/// random numbers, shapes alone) builds the parts here.
/// </summary>
/// <param name="Checkpoint">The single-file checkpoint's configuration.</param>
/// <param name="Upsampler">The spatial upsampler's.</param>
/// <param name="Gemma">The text encoder's <c>config.json</c>.</param>
public sealed record ModelConfigs(ConfigSection Checkpoint, ConfigSection Upsampler, ConfigSection Gemma)
{
    /// <summary>The text encoder's place in its files.</summary>
    public const string GemmaPrefix = "language_model.model";

    /// <summary>The connector of the video stream's place in the checkpoint.</summary>
    public const string VideoConnectorPrefix = "model.diffusion_model.video_embeddings_connector";

    /// <summary>The connector of the audio stream's place in the checkpoint.</summary>
    public const string AudioConnectorPrefix = "model.diffusion_model.audio_embeddings_connector";

    /// <summary>True when the model makes sound as well as pictures.</summary>
    public bool HasAudio => Checkpoint.Has("audio_vae");

    /// <summary>Hidden states that Gemma gives for a prompt: one for each layer and one at its end.</summary>
    public int HiddenStates => GemmaConfig.Parse(Gemma).Layers + 1;

    /// <summary>Channels of the video latent.</summary>
    public long VideoChannels => TransformerSection.Integer("in_channels");

    private ConfigSection TransformerSection => Checkpoint.Section("transformer");

    private ConfigSection VaeSection => Checkpoint.Section("vae");

    /// <summary>The text encoder, from the root of its files.</summary>
    public GemmaModel BuildGemma(WeightScope root) => new(root.Sub(GemmaPrefix), GemmaConfig.Parse(Gemma));

    /// <summary>The diffusion transformer, from the root of the checkpoint.</summary>
    public LtxTransformer BuildTransformer(WeightScope root) => new(root.Sub(LtxTransformer.KeyPrefix), TransformerConfig.Parse(TransformerSection));

    /// <summary>The video VAE's encoder, from the root of the checkpoint.</summary>
    public VideoEncoder BuildVideoEncoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>The video VAE's decoder, from the root of the checkpoint.</summary>
    public VideoDecoder BuildVideoDecoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>The statistics that latents are normalised by, from the root of the checkpoint.</summary>
    public ChannelStatistics BuildStatistics(WeightScope root) =>
        new(root.Sub(ChannelStatistics.KeyPrefix), VideoVaeConfig.Parse(VaeSection).LatentChannels);

    /// <summary>The spatial upsampler, from the root of its file.</summary>
    public LatentUpsampler BuildUpsampler(WeightScope root) => new(root, LatentUpsamplerConfig.Parse(Upsampler));

    /// <summary>The projection of Gemma's hidden states, from the root of the checkpoint.</summary>
    public FeatureExtractor BuildFeatures(WeightScope root)
    {
        var gemma = GemmaConfig.Parse(Gemma);
        return new FeatureExtractor(root.Sub(FeatureExtractor.KeyPrefix), gemma.HiddenSize, gemma.Layers + 1);
    }

    /// <summary>The connector of the video stream, from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildVideoConnector(WeightScope root) => new(root.Sub(VideoConnectorPrefix), ConnectorConfig.Parse(TransformerSection));

    /// <summary>The connector of the audio stream, from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildAudioConnector(WeightScope root) => new(root.Sub(AudioConnectorPrefix), ConnectorConfig.Parse(TransformerSection));
}
