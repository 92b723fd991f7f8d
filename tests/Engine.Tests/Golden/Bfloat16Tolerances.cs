namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// How far bfloat16 results may be from the float32 reference: the root of the mean squared error over that of the
/// expected values. docs/precision.md tells how the figures were found.
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
        ("pipelines/c0", 0.04),
        ("pipelines/model_", 0.02),
    ];

    /// <summary>The tolerance of a case; null for parts that do not compute in bfloat16.</summary>
    public static double? Of(string path) =>
        path.EndsWith(".json", StringComparison.Ordinal)
            ? null
            : Parts.Where(part => path.StartsWith(part.Prefix, StringComparison.Ordinal)).Select(part => (double?)part.Tolerance)
            .FirstOrDefault();
}
