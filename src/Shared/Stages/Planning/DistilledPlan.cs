namespace MlxVideo.Shared.Stages.Planning;

/// <summary>The distilled pipeline, also with reference videos: pass 1 at half size, upsampling, pass 2 at full size.</summary>
internal static class DistilledPlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        builder.EncodePrompt();
        var parts = builder.RenderParts(() =>
        {
            if (builder.Settings.SkipPass2)
            {
                builder.EncodeImages(builder.HalfSize);
                builder.EncodeVideos(builder.HalfSize);
                var only = builder.Denoise(1, builder.HalfSize);
                return (only, only);
            }

            builder.EncodeImages(builder.HalfSize, builder.FullSize);
            builder.EncodeVideos(builder.HalfSize);
            var second = builder.Refine(builder.Denoise(1, builder.HalfSize));
            return (second, second);
        });
        var output = builder.Settings.SkipPass2 ? builder.HalfOutput : builder.FullOutput;
        return builder.Finish(output, parts, builder.DecodeAudio(parts));
    }
}
