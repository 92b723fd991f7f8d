using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers.Streaming;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Tokenization;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Configurations of a model's components, and factories for the modules that they describe. All sources of weights (a checkpoint,
/// random numbers, shapes alone) build their components here.
/// </summary>
/// <param name="Checkpoint">Configuration of the single-file checkpoint.</param>
/// <param name="Upsamplers">Configurations of the spatial upsamplers, each with another factor; empty for a model without one.</param>
/// <param name="Gemma">The text encoder's <c>config.json</c>.</param>
public sealed record ModelConfigs(ConfigSection Checkpoint, IReadOnlyList<ConfigSection> Upsamplers, ConfigSection Gemma)
{
    /// <summary>Key prefix of the video stream's connector.</summary>
    public const string VideoConnectorPrefix = "model.diffusion_model.video_embeddings_connector";

    /// <summary>Key prefix of the connector in official checkpoints of models without audio.</summary>
    public const string OnlyConnectorPrefix = "model.diffusion_model.embeddings_connector";

    /// <summary>Key prefix of the audio stream's connector.</summary>
    public const string AudioConnectorPrefix = "model.diffusion_model.audio_embeddings_connector";

    /// <summary>True when the model generates audio as well as video.</summary>
    public bool HasAudio => Checkpoint.Has("audio_vae");

    /// <summary>Configuration of the audio VAE, for models with audio.</summary>
    public AudioVaeConfig AudioVae => AudioVaeConfig.Parse(Checkpoint.Section("audio_vae"));

    public long AudioLatentChannels => AudioVae.LatentChannels;

    public long AudioLatentMelBins => AudioVae.LatentMelBins;

    /// <summary>Channels of the video latent.</summary>
    public long VideoChannels => TransformerSection.Integer("in_channels");

    public TransformerConfig Transformer => TransformerConfig.Parse(TransformerSection);

    private ConfigSection TransformerSection => Checkpoint.Section("transformer");

    private ConfigSection VaeSection => Checkpoint.Section("vae");

    /// <summary>Builds the text encoder from the root of its files.</summary>
    public GemmaModel BuildGemma(WeightScope root) => BuildGemma(root, layers: null);

    /// <summary>Builds the text encoder with layers supplied by the caller; null for layers from <paramref name="root"/>.</summary>
    internal GemmaModel BuildGemma(WeightScope root, ILayerSequence<GemmaLayer>? layers) =>
        new(root.Sub(GemmaKeys.PrefixIn(root)), GemmaConfig.Parse(Gemma), layers);

    /// <summary>Builds the diffusion transformer from the root of the checkpoint.</summary>
    public LtxTransformer BuildTransformer(WeightScope root) => BuildTransformer(root, blocks: null);

    /// <summary>
    /// Builds the diffusion transformer with blocks supplied by the caller; null for blocks from <paramref name="root"/>.
    /// </summary>
    public LtxTransformer BuildTransformer(WeightScope root, ILayerSequence<TransformerBlock>? blocks) =>
        new(root.Sub(LtxTransformer.KeyPrefix), Transformer, blocks);

    /// <summary>Builds the video VAE's encoder from the root of the checkpoint.</summary>
    public VideoEncoder BuildVideoEncoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>Builds the video VAE's decoder from the root of the checkpoint.</summary>
    public VideoDecoder BuildVideoDecoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>Builds the statistics that normalise latents from the root of the checkpoint.</summary>
    public ChannelStatistics BuildStatistics(WeightScope root) =>
        new(root.Sub(ChannelStatistics.KeyPrefix), VideoVaeConfig.Parse(VaeSection).LatentChannels);

    /// <summary>Builds the audio VAE's encoder from the root of the checkpoint.</summary>
    public AudioEncoder BuildAudioEncoder(WeightScope root) => new(root, AudioVae);

    /// <summary>Builds the audio VAE's decoder from the root of the checkpoint.</summary>
    public AudioDecoder BuildAudioDecoder(WeightScope root) => new(root, AudioVae);

    /// <summary>Builds the vocoder from the root of the checkpoint.</summary>
    public Vocoder BuildVocoder(WeightScope root) => new(root, VocoderConfig.Parse(Checkpoint.Section("vocoder")));

    /// <summary>Builds a spatial upsampler from the root of its file.</summary>
    public static LatentUpsampler BuildUpsampler(WeightScope root, ConfigSection config) => new(root, LatentUpsamplerConfig.Parse(config));

    /// <summary>Builds the projection of Gemma's hidden states from the root of the checkpoint.</summary>
    public FeatureExtractor BuildFeatures(WeightScope root)
    {
        var gemma = GemmaConfig.Parse(Gemma);
        return new FeatureExtractor(
            root.Sub(FeatureExtractor.KeyPrefix), FeatureConfig.Parse(TransformerSection, gemma.HiddenSize, gemma.Layers + 1, HasAudio));
    }

    /// <summary>Builds the video stream's connector from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildVideoConnector(WeightScope root) =>
        new(VideoConnectorScope(root), ConnectorConfig.Parse(TransformerSection));

    /// <summary>Builds the audio stream's connector from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildAudioConnector(WeightScope root) =>
        new(root.Sub(AudioConnectorPrefix), ConnectorConfig.ParseAudio(TransformerSection));

    /// <summary>Builds the encoder from prompts to contexts, with connectors from the root of the checkpoint.</summary>
    public PromptEncoder BuildPromptEncoder(WeightScope root, Tokenizer tokenizer, GemmaModel gemma) =>
        new(tokenizer, gemma, BuildFeatures(root), BuildVideoConnector(root), HasAudio ? BuildAudioConnector(root) : null);

    private static WeightScope VideoConnectorScope(WeightScope root) =>
        root.Sub(root.Has($"{OnlyConnectorPrefix}.learnable_registers") ? OnlyConnectorPrefix : VideoConnectorPrefix);
}
