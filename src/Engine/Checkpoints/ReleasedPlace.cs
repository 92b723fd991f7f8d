using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Where a file's keys stand in a released single-file checkpoint. A file that holds one component alone may leave the
/// component's prefix out (README-vae, "Checkpoint key names").
/// </summary>
internal static class ReleasedPlace
{
    private const int VideoConvolutionRank = 5;
    private const int AudioConvolutionRank = 4;

    /// <summary>What to put before each of a file's keys; empty when they stand as released.</summary>
    public static string PrefixOf(SafetensorsHeader header)
    {
        if (Has(header, "bwe_generator.") || Has(header, "conv_pre."))
            return "vocoder.";
        if (Has(header, "transformer_blocks.") || Has(header, "patchify_proj."))
            return "model.diffusion_model.";
        if (!Has(header, "encoder.") && !Has(header, "decoder."))
            return "";
        return header.Tensors.Where(entry => entry.Key.EndsWith("conv_in.conv.weight", StringComparison.Ordinal)).Select(entry => entry.Value.Shape.Count).FirstOrDefault() switch
        {
            VideoConvolutionRank => "vae.",
            AudioConvolutionRank => "audio_vae.",
            _ => "",
        };
    }

    private static bool Has(SafetensorsHeader header, string prefix) => header.Tensors.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));
}
