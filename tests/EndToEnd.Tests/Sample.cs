using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Sample clips.</summary>
internal static class Sample
{
    /// <summary>A clip that takes a fraction of a second.</summary>
    public static RenderSettings Short(long seed) =>
        new() { Prompt = "a red balloon over the sea", Width = 128, Height = 64, NumFrames = 17, Seed = seed };

    /// <summary>
    /// A clip of several decode tiles, each slower than loading the decoder. Without audio, a second worker has only tiles to decode.
    /// </summary>
    public static RenderSettings Tiled { get; } =
        new() { Prompt = "rain on a window", Width = 128, Height = 128, NumFrames = 249, Seed = 5, Audio = false };

    /// <summary>A clip with four transformer evaluations per guided step, some of which a helper can compute.</summary>
    public static RenderSettings Guided { get; } = new()
    {
        Prompt = "a kite in the wind",
        NegativePrompt = "blurry",
        Pipeline = PipelineKind.OneStage,
        Width = 256,
        Height = 256,
        NumFrames = 33,
        Seed = 9,
        Audio = false,
    };

    /// <summary>A clip that takes seconds.</summary>
    public static RenderSettings Long { get; } =
        new() { Prompt = "a river in autumn", Width = 256, Height = 256, NumFrames = 65, Seed = 7 };
}
