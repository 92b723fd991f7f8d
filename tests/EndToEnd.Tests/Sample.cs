using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Clips to render.</summary>
internal static class Sample
{
    /// <summary>A clip that takes a fraction of a second.</summary>
    public static RenderSettings Short(long seed) =>
        new() { Prompt = "a red balloon over the sea", Width = 128, Height = 64, NumFrames = 17, Seed = seed };

    /// <summary>
    /// A clip of several decode tiles, each of which takes longer than loading the decoder; silent, so that a second worker has nothing but
    /// tiles to do.
    /// </summary>
    public static RenderSettings Tiled { get; } =
        new() { Prompt = "rain on a window", Width = 128, Height = 128, NumFrames = 249, Seed = 5, Audio = false };

    /// <summary>A clip whose guided steps have four evaluations each, of which another worker can compute some.</summary>
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
