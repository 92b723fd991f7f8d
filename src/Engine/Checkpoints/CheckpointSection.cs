namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// One component of a checkpoint by the keys that it owns. A released single file holds several (docs/reference/transformer.md,
/// section 9); each is loaded strictly on its own.
/// </summary>
public sealed class CheckpointSection
{
    private readonly IReadOnlyList<string> _prefixes;
    private readonly IReadOnlyList<string> _exceptions;

    private CheckpointSection(string name, IReadOnlyList<string> prefixes, IReadOnlyList<string>? exceptions = null)
    {
        Name = name;
        _prefixes = prefixes;
        _exceptions = exceptions ?? [];
    }

    /// <summary>The embeddings connectors and the projection that feeds them; they lie inside the transformer's prefix.</summary>
    public static CheckpointSection Connectors { get; } = new(
        "connectors",
        [
            "model.diffusion_model.video_embeddings_connector.",
            "model.diffusion_model.audio_embeddings_connector.",
            "model.diffusion_model.embeddings_connector.", // models without audio
            "text_embedding_projection.",
        ]);

    /// <summary>The diffusion transformer.</summary>
    public static CheckpointSection Transformer { get; } = new("transformer", ["model.diffusion_model."], Connectors._prefixes);

    /// <summary>The video VAE's encoder. The statistics belong to encoder and decoder alike, so they are surplus for neither.</summary>
    public static CheckpointSection VideoEncoder { get; } = new("video encoder", ["vae.encoder."]);

    /// <summary>The video VAE's decoder.</summary>
    public static CheckpointSection VideoDecoder { get; } = new("video decoder", ["vae.decoder."]);

    /// <summary>The statistics alone; released files carry more of them than are read.</summary>
    public static CheckpointSection Statistics { get; } = new("statistics", []);

    /// <summary>The audio VAE's encoder.</summary>
    public static CheckpointSection AudioEncoder { get; } = new("audio encoder", ["audio_vae.encoder."]);

    /// <summary>The audio VAE's decoder.</summary>
    public static CheckpointSection AudioDecoder { get; } = new("audio decoder", ["audio_vae.decoder."]);

    /// <summary>The vocoder.</summary>
    public static CheckpointSection Vocoder { get; } = new("vocoder", ["vocoder."]);

    /// <summary>
    /// Gemma 3's text model in its own files; what Gemma sees pictures with stands beside it and is not used
    /// (docs/reference/text.md, section 1).
    /// </summary>
    public static CheckpointSection Gemma { get; } = new(
        "text encoder",
        [""],
        ["vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.", "vision_model."]);

    /// <summary>A file that holds one component alone, with bare keys.</summary>
    public static CheckpointSection WholeFile { get; } = new("file", [""]);

    /// <summary>True when the key of a single-file checkpoint belongs to any part that is known.</summary>
    public static bool IsKnown(string key) =>
        key.Contains("per_channel_statistics.", StringComparison.Ordinal)
        || new[] { Connectors, Transformer, VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder, Vocoder }.Any(
            section => section.Owns(key));

    /// <summary>
    /// True for components of a checkpoint, whose keys are known by their place in it; false for files with keys of their own.
    /// </summary>
    public bool IsOfCheckpoint => this != Gemma && this != WholeFile;

    /// <summary>Its name for people.</summary>
    public string Name { get; }

    /// <summary>True when the key is this component's and no other's.</summary>
    public bool Owns(string key) => StartsWithAny(key, _prefixes) && !StartsWithAny(key, _exceptions);

    private static bool StartsWithAny(string key, IReadOnlyList<string> prefixes) =>
        prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
}
