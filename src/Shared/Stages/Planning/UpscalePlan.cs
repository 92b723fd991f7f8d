using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Enlarges a video or an image with a latent upsampler; its audio is kept.</summary>
internal static class UpscalePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        var settings = builder.Settings;
        var video = builder.EncodeSource(settings.NumFrames);
        var upsampled = builder.Upsample(video.Latent, Upscaling.FactorOf(settings));
        var audio = settings.Source!.HasAudio && settings.Audio
            ? builder.EncodeSourceAudio(settings.NumFrames, keepSamples: true)
            : null;
        return builder.Finish(builder.FullOutput, builder.Whole(upsampled), audio?.Audio);
    }
}
