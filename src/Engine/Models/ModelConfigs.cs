using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
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
/// The configurations of a model's parts, and the modules that they describe. Every way to get weights (a checkpoint,
/// random numbers, shapes alone) builds the parts here.
/// </summary>
/// <param name="Checkpoint">The single-file checkpoint's configuration.</param>
/// <param name="Upsampler">The spatial upsampler's.</param>
/// <param name="Gemma">The text encoder's <c>config.json</c>.</param>
public sealed record ModelConfigs(ConfigSection Checkpoint, ConfigSection Upsampler, ConfigSection Gemma)
{
    /// <summary>The connector of the video stream's place in the checkpoint.</summary>
    public const string VideoConnectorPrefix = "model.diffusion_model.video_embeddings_connector";

    /// <summary>The same in official checkpoints of models without audio.</summary>
    public const string OnlyConnectorPrefix = "model.diffusion_model.embeddings_connector";

    /// <summary>The connector of the audio stream's place in the checkpoint.</summary>
    public const string AudioConnectorPrefix = "model.diffusion_model.audio_embeddings_connector";

    /// <summary>True when the model makes sound as well as pictures.</summary>
    public bool HasAudio => Checkpoint.Has("audio_vae");

    /// <summary>The audio VAE's configuration, of models with sound.</summary>
    public AudioVaeConfig AudioVae => AudioVaeConfig.Parse(Checkpoint.Section("audio_vae"));

    /// <summary>Channels of the audio latent.</summary>
    public long AudioLatentChannels => AudioVae.LatentChannels;

    /// <summary>Mel bins of the audio latent.</summary>
    public long AudioLatentMelBins => AudioVae.LatentMelBins;

    /// <summary>Channels of the video latent.</summary>
    public long VideoChannels => TransformerSection.Integer("in_channels");

    /// <summary>The diffusion transformer's configuration.</summary>
    public TransformerConfig Transformer => TransformerConfig.Parse(TransformerSection);

    private ConfigSection TransformerSection => Checkpoint.Section("transformer");

    private ConfigSection VaeSection => Checkpoint.Section("vae");

    /// <summary>The text encoder, from the root of its files.</summary>
    public GemmaModel BuildGemma(WeightScope root) => new(root.Sub(GemmaKeys.PrefixIn(root)), GemmaConfig.Parse(Gemma));

    /// <summary>The diffusion transformer, from the root of the checkpoint.</summary>
    public LtxTransformer BuildTransformer(WeightScope root) => BuildTransformer(root, blocks: null);

    /// <summary>The diffusion transformer, with blocks that come from elsewhere.</summary>
    public LtxTransformer BuildTransformer(WeightScope root, ITransformerBlocks? blocks) =>
        new(root.Sub(LtxTransformer.KeyPrefix), Transformer, blocks);

    /// <summary>The video VAE's encoder, from the root of the checkpoint.</summary>
    public VideoEncoder BuildVideoEncoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>The video VAE's decoder, from the root of the checkpoint.</summary>
    public VideoDecoder BuildVideoDecoder(WeightScope root) => new(root, VideoVaeConfig.Parse(VaeSection));

    /// <summary>The statistics that latents are normalised by, from the root of the checkpoint.</summary>
    public ChannelStatistics BuildStatistics(WeightScope root) =>
        new(root.Sub(ChannelStatistics.KeyPrefix), VideoVaeConfig.Parse(VaeSection).LatentChannels);

    /// <summary>The audio VAE's encoder, from the root of the checkpoint.</summary>
    public AudioEncoder BuildAudioEncoder(WeightScope root) => new(root, AudioVae);

    /// <summary>The audio VAE's decoder, from the root of the checkpoint.</summary>
    public AudioDecoder BuildAudioDecoder(WeightScope root) => new(root, AudioVae);

    /// <summary>The vocoder, from the root of the checkpoint.</summary>
    public Vocoder BuildVocoder(WeightScope root) => new(root, VocoderConfig.Parse(Checkpoint.Section("vocoder")));

    /// <summary>The spatial upsampler, from the root of its file.</summary>
    public LatentUpsampler BuildUpsampler(WeightScope root) => new(root, LatentUpsamplerConfig.Parse(Upsampler));

    /// <summary>The projection of Gemma's hidden states, from the root of the checkpoint.</summary>
    public FeatureExtractor BuildFeatures(WeightScope root)
    {
        var gemma = GemmaConfig.Parse(Gemma);
        return new FeatureExtractor(
            root.Sub(FeatureExtractor.KeyPrefix), FeatureConfig.Parse(TransformerSection, gemma.HiddenSize, gemma.Layers + 1, HasAudio));
    }

    /// <summary>The connector of the video stream, from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildVideoConnector(WeightScope root) =>
        new(VideoConnectorScope(root), ConnectorConfig.Parse(TransformerSection));

    /// <summary>The connector of the audio stream, from the root of the checkpoint.</summary>
    public EmbeddingsConnector BuildAudioConnector(WeightScope root) =>
        new(root.Sub(AudioConnectorPrefix), ConnectorConfig.ParseAudio(TransformerSection));

    /// <summary>Everything from prompt to contexts, its connectors from the root of the checkpoint.</summary>
    public PromptEncoder BuildPromptEncoder(WeightScope root, Tokenizer tokenizer, GemmaModel gemma) =>
        new(tokenizer, gemma, BuildFeatures(root), BuildVideoConnector(root), HasAudio ? BuildAudioConnector(root) : null);

    private static WeightScope VideoConnectorScope(WeightScope root) =>
        root.Sub(root.Has($"{OnlyConnectorPrefix}.learnable_registers") ? OnlyConnectorPrefix : VideoConnectorPrefix);
}
