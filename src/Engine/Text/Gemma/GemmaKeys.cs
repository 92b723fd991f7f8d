using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Where the text model lies in the key tree of its files, which depends on who wrote them
/// (docs/reference/text.md, section 1).
/// </summary>
public static class GemmaKeys
{
    /// <summary>Google's files, and those of the LTX-2 releases.</summary>
    public const string ReleasedPrefix = "language_model.model";

    // transformers' names in memory; single files of ComfyUI and files without the vision tower.
    private static readonly string[] OtherPrefixes = ["model.language_model", "model"];

    /// <summary>The prefix below which the source has the text model; <see cref="ReleasedPrefix"/> when it has none of them.</summary>
    public static string PrefixIn(WeightScope root) =>
        OtherPrefixes.FirstOrDefault(prefix => root.Has($"{prefix}.embed_tokens.weight")) ?? ReleasedPrefix;
}
