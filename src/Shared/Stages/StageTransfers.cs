using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>About how many bytes stages write, from the shapes of their outputs with the released models.</summary>
public static class StageTransfers
{
    // Contexts of 1024 tokens for both streams, in float32 as they are stored.
    private const double ContextBytes = 1024.0 * (3840 + 3840) * 4;
    private const double LatentBytesPerToken = 128 * 4;
    private const double FrameBytesPerPixel = 3;
    private const double SharedFrameBytesPerPixel = 3 * 4;
    private const double SoundBytesPerSecond = 24_000 * 2 * 4;

    /// <summary>Bytes of a task's outputs together.</summary>
    public static double OutputBytes(StageTask task, RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var pixels = (double)size.Width * size.Height;
        return task switch
        {
            EncodePromptTask => ContextBytes,
            EncodeConditioningTask encode =>
                encode.Targets.Sum(target => target.Width * (double)target.Height) / (LatentSize.SpaceScale * LatentSize.SpaceScale)
                    * LatentBytesPerToken * encode.Images.Count,
            DenoiseTask denoise => LatentSize.ForPixels(denoise.NumFrames, denoise.Width, denoise.Height).Tokens * LatentBytesPerToken,
            UpsampleTask => LatentSize.ForPixels(settings.NumFrames, size.Width, size.Height).Tokens * LatentBytesPerToken,
            DecodeVideoTask decode => pixels * DecodedBytesPerPixel(decode),
            DecodeAudioTask => settings.NumFrames / settings.Fps * SoundBytesPerSecond,
            MuxTask => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
        };
    }

    private static double DecodedBytesPerPixel(DecodeVideoTask task)
    {
        var shared = task.HeadFrames + task.TailFrames;
        return ((task.Tile.FrameStop - task.Tile.FrameStart - shared) * FrameBytesPerPixel) + (shared * SharedFrameBytesPerPixel);
    }
}
