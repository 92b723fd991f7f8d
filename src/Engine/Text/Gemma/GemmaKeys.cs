using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Key prefix of the text model, which depends on the files' origin (docs/reference/text.md, section 1).
/// </summary>
public static class GemmaKeys
{
    /// <summary>Prefix in Google's files and in the LTX-2 releases.</summary>
    public const string ReleasedPrefix = "language_model.model";

    /// <summary>Key of the list of layers, below the prefix.</summary>
    internal const string Layers = "layers";

    // In-memory names of transformers; single files of ComfyUI and files without the vision tower.
    private static readonly string[] OtherPrefixes = ["model.language_model", "model"];

    /// <summary>Returns the text model's prefix in the source; <see cref="ReleasedPrefix"/> when the other ones are absent.</summary>
    public static string PrefixIn(WeightScope root) =>
        OtherPrefixes.FirstOrDefault(prefix => root.Has($"{prefix}.embed_tokens.weight")) ?? ReleasedPrefix;
}
