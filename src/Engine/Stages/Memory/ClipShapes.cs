using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Memory;

/// <summary>
/// How large the clip of a task is. A task need not say it: the files that it reads do, by their shapes.
/// </summary>
public static class ClipShapes
{
    /// <summary>
    /// Settings of a clip of the task's size and length; what does not matter for its memory and its arithmetic is left out.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="inputFiles">Files of the artefacts it reads, by name.</param>
    /// <exception cref="SafetensorsException">An input is damaged.</exception>
    public static RenderSettings Of(StageTask task, IReadOnlyDictionary<string, string> inputFiles) => task switch
    {
        EncodeConditioningTask encode =>
            Clip(encode.Targets.Max(target => target.Width), encode.Targets.Max(target => target.Height), numFrames: 1),
        UpsampleTask upsample => OfLatent(inputFiles[upsample.Latent], scale: 2),
        DecodeVideoTask decode => OfLatent(inputFiles[decode.Latent], scale: 1),
        DecodeAudioTask decode => OfSound(inputFiles[decode.Latent]),
        DenoiseTask denoise => Clip(denoise.Width, denoise.Height, denoise.NumFrames),
        _ => Clip(0, 0, numFrames: 1),
    };

    private static RenderSettings OfLatent(string file, int scale)
    {
        var shape = ShapeOf(file, "video", axes: 5);
        return Clip(shape[4] * LatentSize.SpaceScale * scale, shape[3] * LatentSize.SpaceScale * scale,
            ((shape[2] - 1) * LatentSize.TimeScale) + 1);
    }

    /// <summary>A clip with a frame for each frame of its audio latent.</summary>
    private static RenderSettings OfSound(string file) =>
        Clip(0, 0, ShapeOf(file, DenoiseExecutor.AudioLatent, axes: 4)[2]) with { Fps = AudioLatentSize.FramesPerSecond };

    private static IReadOnlyList<long> ShapeOf(string path, string tensor, int axes)
    {
        using var file = SafetensorsFile.Open(path);
        var shape = file.Entry(tensor).Shape;
        return shape.Count == axes
            ? shape
            : throw new SafetensorsException(path, $"tensor '{tensor}' has {shape.Count} axes instead of {axes}");
    }

    /// <summary>Rendered sizes are multiples of 32 already: nothing is left to round up.</summary>
    private static RenderSettings Clip(long width, long height, long numFrames) =>
        new() { Prompt = "", Pipeline = PipelineKind.OneStage, Width = (int)width, Height = (int)height, NumFrames = (int)numFrames };
}
