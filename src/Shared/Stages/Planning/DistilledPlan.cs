namespace MlxVideo.Shared.Stages.Planning;

/// <summary>The distilled pipeline, also with reference videos: pass 1 at half size, upsampling, pass 2 at full size.</summary>
internal static class DistilledPlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        builder.EncodePrompt();
        if (builder.Settings.SkipPass2)
        {
            builder.EncodeImages(builder.HalfSize);
            builder.EncodeVideos(builder.HalfSize);
            var only = builder.Denoise(1, builder.HalfSize);
            return builder.Finish(builder.HalfOutput, only.Latent, builder.DecodeAudio(only.AudioLatent));
        }

        builder.EncodeImages(builder.HalfSize, builder.FullSize);
        builder.EncodeVideos(builder.HalfSize);
        var first = builder.Denoise(1, builder.HalfSize);
        var second = builder.Refine(first);
        return builder.Finish(builder.FullOutput, second.Latent, builder.DecodeAudio(second.AudioLatent));
    }
}
