namespace MlxVideo.Hub.Selection;

/// <summary>Which of a repository's files to download.</summary>
/// <param name="Variant"><c>distilled</c> or <c>dev</c>; only relevant if the repository has both.</param>
/// <param name="Precision">
/// Number format in the checkpoint's name, such as <c>fp8</c>; <c>bf16</c> also stands for a checkpoint without one in its name.
/// </param>
/// <param name="AllUpscalers">True for all latent upscalers, false for the one that the pipelines need.</param>
/// <param name="DistilledLora">True to add the adapter for the second pass of guided two-stage pipelines.</param>
/// <param name="TextEncoder">False to leave out the text encoder.</param>
/// <param name="Include">Patterns with <c>*</c> and <c>?</c> that replace the automatic selection; empty for the latter.</param>
public sealed record SelectionOptions(
    string Variant = SelectionOptions.Distilled, string Precision = SelectionOptions.Bf16, bool AllUpscalers = false,
    bool DistilledLora = false, bool TextEncoder = true, IReadOnlyList<string>? Include = null)
{
    public const string Distilled = "distilled";

    public const string Dev = "dev";

    public const string Bf16 = "bf16";
}
