using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Renders.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Image files to normalised latents at one stage's size; progress is told for each image.</summary>
public sealed class EncodeConditioningExecutor(ModelCache models) : StageExecutor<EncodeConditioningTask>
{
    /// <inheritdoc/>
    protected override void Run(EncodeConditioningTask task, StageFiles files)
    {
        var tools = FfmpegTools.Find();
        var latents = new List<(string, Tensor)>();
        for (var index = 0; index < task.Images.Count; index++)
        {
            var image = Read(tools, files.Inputs[task.Images[index]], files.Cancellation);
            var prepared = ImagePreparation.Prepare(image.Pixels, image.Width, image.Height, task.Width, task.Height);
            latents.Add(($"latent.{index}", models.VideoEncoder.forward(prepared)));
            files.Step(index + 1, task.Images.Count);
        }

        files.Write(task.Conditioning, latents);
    }

    private static RgbImage Read(FfmpegTools tools, string path, CancellationToken cancellation)
    {
        try
        {
            return ImageFile.ReadRgb(tools, path, cancellation);
        }
        catch (UnreadableImageException fault)
        {
            throw new StageException(StageFault.Input, fault.Message, fault);
        }
    }
}
