namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// Maximum error of bfloat16 results against the float32 reference: root mean squared error, relative to the root mean square of the
/// expected values. docs/precision.md describes how the figures were measured.
/// </summary>
internal static class Bfloat16Tolerances
{
    private static readonly (string Prefix, double Tolerance)[] Parts =
    [
        ("gemma3/text", 0.04),
        ("connectors/", 0.04),
        ("dit/", 0.03),
        ("denoise_loop", 0.06),
        ("video_vae/encoder/", 0.03),
        ("video_vae/decoder/", 0.05),
        ("upsampler/", 0.03),
        ("audio_vae/", 0.04),
        ("vocoder/", 1e-5),
        ("pipelines/c0", 0.06),
        ("pipelines/model_", 0.02),
    ];

    /// <summary>Returns the tolerance of a case; null when the case is not computed in bfloat16.</summary>
    public static double? Of(string path) =>
        path.EndsWith(".json", StringComparison.Ordinal)
            ? null
            : Parts.Where(part => path.StartsWith(part.Prefix, StringComparison.Ordinal)).Select(part => (double?)part.Tolerance)
            .FirstOrDefault();
}
