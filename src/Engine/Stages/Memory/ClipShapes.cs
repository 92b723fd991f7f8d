using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Memory;

/// <summary>
/// How large the clip of a stage is. A stage need not say it: the files that it reads do, by their shapes.
/// </summary>
public static class ClipShapes
{
    /// <summary>
    /// Settings of a clip of the stage's size and length; what does not matter for its memory and its arithmetic is left out.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="inputFiles">Files of the artefacts it reads, by name.</param>
    /// <exception cref="SafetensorsException">An input is damaged.</exception>
    public static RenderSettings Of(Stage stage, IReadOnlyDictionary<string, string> inputFiles) => stage switch
    {
        EncodeConditioningStage encode =>
            Clip(encode.Targets.Max(target => target.Width), encode.Targets.Max(target => target.Height), numFrames: 1),
        UpsampleStage upsample => OfLatent(inputFiles[upsample.Latent], scale: 2),
        DecodeVideoStage decode => OfLatent(inputFiles[decode.Latent], scale: 1),
        DecodeAudioStage decode => OfSound(inputFiles[decode.Latent]),
        DenoiseStage denoise => Clip(denoise.Width, denoise.Height, denoise.NumFrames),
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
