using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Shared.Scheduling;

/// <summary>How much there is to do in a task, in units that make times of the same kind of task comparable.</summary>
public static class StageWork
{
    /// <summary>The kind of task whose times are compared: its public stage name.</summary>
    public static string KindOf(StageTask task) => task switch
    {
        EncodePromptTask => EncodePromptTask.Name,
        EncodeConditioningTask => EncodeConditioningTask.Name,
        DenoiseTask => DenoiseTask.Name,
        UpsampleTask => UpsampleTask.Name,
        DecodeVideoTask => DecodeVideoTask.Name,
        DecodeAudioTask => DecodeAudioTask.Name,
        MuxTask => MuxTask.Name,
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
    };

    /// <summary>Units of a task: prompts, pixels, audio latent frames, or tokens times steps.</summary>
    public static double Units(StageTask task, RenderSettings settings)
    {
        var size = RenderSize.For(settings.Width, settings.Height);
        var pixels = (double)size.Width * size.Height;
        return task switch
        {
            EncodePromptTask => 1,
            EncodeConditioningTask encode => encode.Targets.Sum(target => (double)target.Width * target.Height) * encode.Images.Count,
            DenoiseTask denoise => (double)LatentSize.ForPixels(denoise.NumFrames, denoise.Width, denoise.Height).Tokens * DistilledSteps.Count(denoise.Stage),
            UpsampleTask => pixels * settings.NumFrames,
            DecodeVideoTask decode => pixels * (decode.Tile.FrameStop - decode.Tile.FrameStart),
            DecodeAudioTask => AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps),
            MuxTask => pixels * settings.NumFrames,
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
        };
    }
}
