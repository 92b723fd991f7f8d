using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Encodes image files to normalised latents at each target's size; reports progress per image.</summary>
public sealed class EncodeConditioningExecutor(ModelCache models) : StageExecutor<EncodeConditioningStage>
{
    /// <inheritdoc/>
    protected override void Run(EncodeConditioningStage stage, StageFiles files)
    {
        var tools = FfmpegTools.Find();
        var latents = stage.Targets.Select(_ => new List<(string, Tensor)>()).ToList();
        for (var index = 0; index < stage.Images.Count; index++)
        {
            var image = Read(tools, files.Inputs[stage.Images[index]], stage, files.Cancellation);
            foreach (var (target, tensors) in stage.Targets.Zip(latents))
            {
                var prepared = ImagePreparation.Prepare(image.Pixels, image.Width, image.Height, target.Width, target.Height);
                tensors.Add(($"latent.{index}", models.VideoEncoder.forward(prepared)));
            }

            files.Step(index + 1, stage.Images.Count);
        }

        foreach (var (target, tensors) in stage.Targets.Zip(latents))
            files.Write(target.Conditioning, tensors);
    }

    private static RgbImage Read(FfmpegTools tools, string path, EncodeConditioningStage stage, CancellationToken cancellationToken)
    {
        try
        {
            var image = ImageFile.ReadRgb(tools, path, cancellationToken);
            var sizes = stage.Targets.Select(target => (target.Width, target.Height)).ToList();
            return ImageCompression.RoundTrip(tools, VisibleRegion.Of(image, sizes, stage.ImageCrf > 0), stage.ImageCrf, cancellationToken);
        }
        catch (UnreadableImageException ex)
        {
            throw new StageException(FailureKind.Input, ex.Message, ex);
        }
    }
}
