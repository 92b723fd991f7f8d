namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// A section of a checkpoint, defined by the keys that it owns. A released single file holds several sections
/// (docs/reference/transformer.md, section 9); each is loaded strictly on its own.
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

    /// <summary>The embeddings connectors and the projection that feeds them; their keys lie inside the transformer's prefix.</summary>
    public static CheckpointSection Connectors { get; } = new(
        "connectors",
        [
            "model.diffusion_model.video_embeddings_connector.",
            "model.diffusion_model.audio_embeddings_connector.",
            "model.diffusion_model.embeddings_connector.", // models without audio
            "text_embedding_projection.",
        ]);

    public static CheckpointSection Transformer { get; } = new("transformer", ["model.diffusion_model."], Connectors._prefixes);

    /// <summary>The video VAE's encoder. Encoder and decoder share the statistics, which therefore count as surplus for neither.</summary>
    public static CheckpointSection VideoEncoder { get; } = new("video encoder", ["vae.encoder."]);

    public static CheckpointSection VideoDecoder { get; } = new("video decoder", ["vae.decoder."]);

    /// <summary>The statistics alone; released files hold more of them than are read.</summary>
    public static CheckpointSection Statistics { get; } = new("statistics", []);

    public static CheckpointSection AudioEncoder { get; } = new("audio encoder", ["audio_vae.encoder."]);

    public static CheckpointSection AudioDecoder { get; } = new("audio decoder", ["audio_vae.decoder."]);

    public static CheckpointSection Vocoder { get; } = new("vocoder", ["vocoder."]);

    /// <summary>
    /// Gemma 3's text model in its own files; the vision components stored with it are not used (docs/reference/text.md, section 1).
    /// </summary>
    public static CheckpointSection Gemma { get; } = new(
        "text encoder",
        [""],
        ["vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.", "vision_model."]);

    /// <summary>A file that holds a single component with bare keys.</summary>
    public static CheckpointSection WholeFile { get; } = new("file", [""]);

    private static IReadOnlyList<CheckpointSection> Owners { get; } =
        [Transformer, Connectors, VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder, Vocoder];

    /// <summary>Returns the section to which the key of a single-file checkpoint belongs; null for an unknown key.</summary>
    public static CheckpointSection? Of(string key) =>
        key.Contains("per_channel_statistics.", StringComparison.Ordinal)
            ? Statistics
            : Owners.FirstOrDefault(section => section.Owns(key));

    /// <summary>Returns true when the key of a single-file checkpoint belongs to any known section.</summary>
    public static bool IsKnown(string key) => Of(key) is not null;

    /// <summary>True for sections identified by released keys; false for files with keys of their own.</summary>
    public bool HasReleasedKeys => this != Gemma && this != WholeFile;

    /// <summary>Display name.</summary>
    public string Name { get; }

    /// <summary>Returns true when the key belongs to this section and no other.</summary>
    public bool Owns(string key) => StartsWithAny(key, _prefixes) && !StartsWithAny(key, _exceptions);

    private static bool StartsWithAny(string key, IReadOnlyList<string> prefixes) =>
        prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
}
