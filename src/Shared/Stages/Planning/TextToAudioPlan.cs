namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Audio alone: the transformer's audio stream without the video's.</summary>
internal static class TextToAudioPlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        builder.EncodePrompts();
        var denoise = builder.Denoise(1, builder.FullSize, stage => stage with { AudioOnly = true });
        return builder.FinishAudio(builder.DecodeAudio(builder.Whole(denoise.Latent, denoise.AudioLatent))!);
    }
}
