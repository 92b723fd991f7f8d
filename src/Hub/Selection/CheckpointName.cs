using System.Text.RegularExpressions;
using MlxVideo.Hub.Api;

namespace MlxVideo.Hub.Selection;

/// <summary>What the name of a safetensors file at the top level of a repository says about it.</summary>
/// <param name="Variant">The variant; null when the name states none.</param>
/// <param name="Precision">The number format; bf16 when the name states none.</param>
internal sealed partial record CheckpointName(HubFile File, TopLevelKind Kind, string? Variant, string Precision)
{
    public static CheckpointName Of(HubFile file)
    {
        var name = file.Name.ToLowerInvariant();
        var kind = name.Contains("lora", StringComparison.Ordinal) ? TopLevelKind.Adapter
            : UpscalerPattern().IsMatch(name) ? TopLevelKind.Upscaler
            : TopLevelKind.Checkpoint;
        var variant = new[] { SelectionOptions.Distilled, SelectionOptions.Dev }
            .FirstOrDefault(word => name.Contains(word, StringComparison.Ordinal));
        var precision = PrecisionPattern().Match(name);
        return new CheckpointName(file, kind, variant, precision.Success ? precision.Groups[1].Value : SelectionOptions.Bf16);
    }

    [GeneratedRegex("upscaler|upsampler")]
    private static partial Regex UpscalerPattern();

    [GeneratedRegex(@"(?:^|[-_.])(fp8|fp4|fp16|fp32|bf16|nvfp4|mxfp8|int8|[2-8]bit)(?=[-_.])")]
    private static partial Regex PrecisionPattern();
}

/// <summary>Kinds of safetensors files at the top level of a repository.</summary>
internal enum TopLevelKind
{
    /// <summary>The transformer, alone or with other components.</summary>
    Checkpoint,

    /// <summary>A latent upscaler.</summary>
    Upscaler,

    /// <summary>A LoRA.</summary>
    Adapter,
}
