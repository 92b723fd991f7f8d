namespace MlxVideo.Shared.Stages;

/// <summary>The parts of a model that are loaded and unloaded as a whole. The numbers are those on the wire.</summary>
public enum ModelPart
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

/// <summary>Which part of the model a stage computes with.</summary>
public static class ModelParts
{
    private static readonly IReadOnlyDictionary<string, ModelPart> OfStages = new Dictionary<string, ModelPart>
    {
        [EncodePromptTask.Name] = ModelPart.TextEncoder,
        [EncodeConditioningTask.Name] = ModelPart.VideoEncoder,
        [DenoiseTask.Name] = ModelPart.Transformer,
        [UpsampleTask.Name] = ModelPart.Upsampler,
        [DecodeVideoTask.Name] = ModelPart.VideoDecoder,
        [DecodeAudioTask.Name] = ModelPart.AudioDecoder,
    };

    /// <summary>The part that a stage of this public name needs; null for muxing, which needs none.</summary>
    public static ModelPart? Of(string stage) => OfStages.TryGetValue(stage, out var part) ? part : null;

    /// <summary>The part that a task needs; null for muxing, which needs none.</summary>
    public static ModelPart? Of(StageTask task) => Of(StageKinds.Of(task));
}
