using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Image files to normalised latents at the stages' sizes; progress is told for each image.</summary>
public sealed class EncodeConditioningExecutor(ModelCache models) : StageExecutor<EncodeConditioningTask>
{
    /// <inheritdoc/>
    protected override void Run(EncodeConditioningTask task, StageFiles files)
    {
        var tools = FfmpegTools.Find();
        var latents = task.Targets.Select(_ => new List<(string, Tensor)>()).ToList();
        for (var index = 0; index < task.Images.Count; index++)
        {
            var image = Read(tools, files.Inputs[task.Images[index]], task, files.Cancellation);
            foreach (var (target, stage) in task.Targets.Zip(latents))
            {
                var prepared = ImagePreparation.Prepare(image.Pixels, image.Width, image.Height, target.Width, target.Height);
                stage.Add(($"latent.{index}", models.VideoEncoder.forward(prepared)));
            }

            files.Step(index + 1, task.Images.Count);
        }

        foreach (var (target, stage) in task.Targets.Zip(latents))
            files.Write(target.Conditioning, stage);
    }

    private static RgbImage Read(FfmpegTools tools, string path, EncodeConditioningTask task, CancellationToken cancellationToken)
    {
        try
        {
            var image = ImageFile.ReadRgb(tools, path, cancellationToken);
            var sizes = task.Targets.Select(target => (target.Width, target.Height)).ToList();
            return ImageCompression.RoundTrip(tools, VisiblePart.Of(image, sizes, task.ImageCrf > 0), task.ImageCrf, cancellationToken);
        }
        catch (UnreadableImageException ex)
        {
            throw new StageException(StageFault.Input, ex.Message, ex);
        }
    }
}
