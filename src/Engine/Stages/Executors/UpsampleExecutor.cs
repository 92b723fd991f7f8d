using MlxVideo.Engine.Models;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>
/// Enlarges a latent in height and width. The upsampler works on un-normalised latents; artefacts hold normalised ones
/// (docs/reference/pipelines.md, fact 9).
/// </summary>
public sealed class UpsampleExecutor(ModelCache models) : StageExecutor<UpsampleStage>
{
    /// <inheritdoc/>
    protected override void Run(UpsampleStage stage, StageFiles files)
    {
        var latent = models.Statistics.Unnormalize(files.Read(stage.Latent, "video").to(models.Compute.Dtype, models.Compute.Device));
        var enlarged = models.Upsampler(stage.Factor).forward(latent);
        var upsampled = models.Statistics.Normalize(enlarged);
        files.Write(stage.Upsampled, ("video", upsampled));
        files.Step(1, 1);
    }
}
