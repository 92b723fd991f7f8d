using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Memory;

/// <summary>
/// Determines the size of a stage's clip, from the stage or from the tensor shapes in its input files.
/// </summary>
public static class ClipShapes
{
    /// <summary>
    /// Returns settings with the size and length of the stage's clip; values that do not affect its memory and arithmetic are omitted.
    /// </summary>
    /// <param name="inputFiles">Files of the input artefacts, by name.</param>
    /// <exception cref="SafetensorsException">An input is damaged.</exception>
    public static RenderSettings Of(Stage stage, IReadOnlyDictionary<string, string> inputFiles) => stage switch
    {
        EncodeConditioningStage encode =>
            Clip(encode.Targets.Max(target => target.Width), encode.Targets.Max(target => target.Height), numFrames: 1),
        EncodeVideoStage encode => Clip(encode.Width, encode.Height, encode.NumFrames),
        EncodeAudioStage => Clip(0, 0, numFrames: 1),
        UpsampleStage upsample => OfLatent(inputFiles[upsample.Latent], upsample.Factor),
        DecodeVideoStage decode => OfLatent(inputFiles[decode.Latents[0].Latent], factor: 1),
        DecodeAudioStage decode =>
            // A clip with one frame per audio latent frame.
            Clip(0, 0, decode.Latents.Sum(range => range.Frames)) with { Fps = AudioLatentSize.FramesPerSecond },
        DenoiseStage denoise => Clip(denoise.Width, denoise.Height, denoise.NumFrames),
        _ => Clip(0, 0, numFrames: 1),
    };

    private static RenderSettings OfLatent(string file, double factor)
    {
        var shape = ShapeOf(file, "video", axes: 5);
        return Clip((long)(shape[4] * LatentSize.SpaceScale * factor), (long)(shape[3] * LatentSize.SpaceScale * factor),
            ((shape[2] - 1) * LatentSize.TimeScale) + 1);
    }

    private static IReadOnlyList<long> ShapeOf(string path, string tensor, int axes)
    {
        using var file = SafetensorsFile.Open(path);
        var shape = file.Entry(tensor).Shape;
        return shape.Count == axes
            ? shape
            : throw new SafetensorsException(path, $"tensor '{tensor}' has {shape.Count} axes instead of {axes}");
    }

    /// <summary>Returns the clip without rounding up, because rendered sizes are already multiples of 32.</summary>
    private static RenderSettings Clip(long width, long height, long numFrames) =>
        new() { Prompt = "", Pipeline = PipelineKind.OneStage, Width = (int)width, Height = (int)height, NumFrames = (int)numFrames };
}
