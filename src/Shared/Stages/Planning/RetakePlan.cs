namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// Regenerates an interval of a video, in a single pass at its size; the whole video is decoded again (docs/reference/pipelines.md,
/// fact 20).
/// </summary>
internal static class RetakePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        var settings = builder.Settings;
        var source = settings.Source!;
        builder.EncodePrompts();
        var video = builder.EncodeSource(settings.NumFrames);
        var audio = source.HasAudio && settings.Audio ? builder.EncodeSourceAudio(settings.NumFrames, keepSamples: false) : null;
        var denoise = builder.Denoise(1, builder.FullSize, stage => stage with
        {
            Initial = video.Latent,
            InitialAudio = audio?.Latent,
            VideoInterval = settings.RegenerateVideo ? settings.Interval : null,
            AudioInterval = settings.RegenerateAudio && audio is not null ? settings.Interval : null,
            KeepsVideo = !settings.RegenerateVideo,
            KeepsAudio = !settings.RegenerateAudio && audio is not null,
        });
        var latents = builder.Whole(denoise.Latent, denoise.AudioLatent);
        return builder.Finish(builder.FullOutput, latents, builder.DecodeAudio(latents));
    }
}
