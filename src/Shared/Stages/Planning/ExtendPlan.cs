using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// Continues a video in a single pass at its size: its latent, and that of its audio, replace the start or the end of a longer clip and
/// stay unchanged.
/// </summary>
internal static class ExtendPlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        var settings = builder.Settings;
        var source = settings.Source!;
        // The whole clip has NumFrames frames: those of the source and the new ones.
        var known = source.UsableFrames(settings.NumFrames);
        var added = settings.NumFrames - known;
        builder.EncodePrompts();
        builder.EncodeImages(builder.FullSize);
        var video = builder.EncodeSource(known);
        var audio = source.HasAudio && settings.Audio ? builder.EncodeSourceAudio(known, keepSamples: false) : null;
        var denoise = builder.Denoise(1, builder.FullSize, stage => stage with
        {
            Videos =
            [
                new VideoItem
                {
                    Latent = video.Latent,
                    Size = LatentSize.ForPixels(known, stage.Width, stage.Height),
                    Use = VideoUse.Replace,
                    Frame = settings.ExtendBackwards ? added : 0,
                    // The first latent frame of a video holds one frame; inside a clip, a latent frame holds eight.
                    Skip = settings.ExtendBackwards ? 1 : 0,
                },
            ],
            KeptAudio = audio is null
                ? null
                : new AudioItem(audio.Latent!, settings.ExtendBackwards ? stage.AudioTokens - audio.LatentFrames : 0),
        });
        var latents = builder.Whole(denoise.Latent, denoise.AudioLatent);
        return builder.Finish(builder.FullOutput, latents, builder.DecodeAudio(latents));
    }
}
