using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// The guided pipelines with two passes: guidance at half size, upsampling, and a refinement at full size with a distilled adapter
/// (docs/reference/pipelines.md, facts 7 to 14 and 21).
/// </summary>
internal static class TwoStagePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        var settings = builder.Settings;
        builder.EncodePrompts();
        EncodeAudioStage? soundtrack = null;
        var parts = builder.RenderParts(() =>
        {
            builder.EncodeImages(builder.HalfSize, builder.FullSize);
            builder.EncodeVideos(builder.HalfSize);
            soundtrack = settings.Pipeline == PipelineKind.AudioToVideo ? builder.EncodeSoundtrack() : null;
            var first = builder.Denoise(
                1, builder.HalfSize, stage => stage with { InitialAudio = soundtrack?.Latent, KeepsAudio = soundtrack is not null });
            var second = builder.Refine(first);
            // The keyframe pipeline decodes the audio of pass 2. The others decode that of pass 1: pass 2 computes audio, but only because
            // the video attends to it.
            return (second, settings.Pipeline == PipelineKind.Keyframes ? second : first);
        });
        return builder.Finish(builder.FullOutput, parts, soundtrack is null ? builder.DecodeAudio(parts) : soundtrack.Audio);
    }
}
