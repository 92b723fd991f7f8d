namespace MlxVideo.Shared.Stages.Planning;

/// <summary>The guided pipeline with a single pass at full size.</summary>
internal static class OneStagePlan
{
    public static StagePlan Build(PlanBuilder builder)
    {
        builder.EncodePrompts();
        var parts = builder.RenderParts(() =>
        {
            builder.EncodeImages(builder.FullSize);
            builder.EncodeVideos(builder.FullSize);
            var denoise = builder.Denoise(1, builder.FullSize);
            return (denoise, denoise);
        });
        return builder.Finish(builder.FullOutput, parts, builder.DecodeAudio(parts));
    }
}
