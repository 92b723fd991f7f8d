using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Videos;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>
/// Encodes a video file to a normalised latent, in tiles when it is larger than one; reports progress for reading and encoding.
/// </summary>
public sealed class EncodeVideoExecutor(ModelCache models) : StageExecutor<EncodeVideoStage>
{
    /// <summary>Name of the latent in its artefact.</summary>
    internal const string Latent = "video";

    /// <summary>Name of the attention weights in the artefact.</summary>
    internal const string Attention = "attention";

    private const int Steps = 2;

    /// <inheritdoc/>
    protected override void Run(EncodeVideoStage stage, StageFiles files)
    {
        try
        {
            var tools = FfmpegTools.Find();
            var frames = Frames(tools, stage, files);
            files.Step(1, Steps);
            var size = LatentSize.ForPixels(stage.NumFrames, stage.Width, stage.Height);
            var latent = new TiledEncoder(models.VideoEncoder)
                .Encode(frames, TemporalTiling.Split(size.Frames), SpatialTiling.For(size), files.Cancellation);
            if (stage.Mask is null)
                files.Write(stage.Latent, (Latent, latent));
            else
                files.Write(stage.Latent, (Latent, latent), (Attention, Weights(tools, stage, size, files)));
            files.Step(Steps, Steps);
        }
        catch (UnreadableMediaException ex)
        {
            throw new StageException(FailureKind.Input, ex.Message, ex);
        }
    }

    /// <summary>Returns (1, 3, F, H, W) in −1 … 1, float32 on the CPU.</summary>
    private static Tensor Frames(FfmpegTools tools, EncodeVideoStage stage, StageFiles files)
    {
        using var scope = TensorScope.OpenOnHost();
        var path = files.Inputs[stage.Video];
        var frames = zeros([1, 3, stage.NumFrames, stage.Height, stage.Width]);
        var read = 0;
        foreach (var frame in VideoFrames.ReadRgb(tools, path, stage.NumFrames, stage.FrameStep, files.Cancellation))
        {
            using var frameScope = TensorScope.OpenOnHost();
            var fitted = stage.Fit == FrameFit.Pad
                ? ImagePreparation.Pad(frame.Samples, frame.Width, frame.Height, stage.Width, stage.Height)
                : ImagePreparation.Prepare(frame.Samples, frame.Width, frame.Height, stage.Width, stage.Height);
            frames.narrow(2, read++, 1).copy_(fitted);
        }

        return read == stage.NumFrames
            ? frames.MoveToOuterDisposeScope()
            : throw new UnreadableMediaException($"The video {path} has only {read} of the {stage.NumFrames} frames that are needed.");
    }

    private static Tensor Weights(FfmpegTools tools, EncodeVideoStage stage, LatentSize size, StageFiles files)
    {
        var masks = VideoFrames.ReadGrey(tools, files.Inputs[stage.Mask!], stage.MaskFrames, files.Cancellation);
        return AttentionMask.ToLatent(masks, size);
    }
}
