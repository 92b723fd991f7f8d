namespace MlxVideo.Shared.Stages.Planning;

/// <summary>The guided pipeline with a single pass at full size.</summary>
internal static class OneStagePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        builder.EncodePrompts();
        builder.EncodeImages(builder.FullSize);
        builder.EncodeVideos(builder.FullSize);
        var denoise = builder.Denoise(1, builder.FullSize);
        return builder.Finish(builder.FullOutput, denoise.Latent, builder.DecodeAudio(denoise.AudioLatent));
    }
}
