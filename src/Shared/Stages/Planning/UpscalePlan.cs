namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Doubles a video's or an image's sides with the latent upsampler; its audio is kept.</summary>
internal static class UpscalePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        var settings = builder.Settings;
        var video = builder.EncodeSource(settings.NumFrames);
        var upsampled = builder.Upsample(video.Latent);
        var audio = settings.Source!.HasAudio && settings.Audio
            ? builder.EncodeSourceAudio(settings.NumFrames, keepSamples: true)
            : null;
        return builder.Finish(builder.FullOutput, upsampled, audio?.Audio);
    }
}
