using MlxVideo.Engine.Models;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Decodes one temporal tile of a latent to frames.</summary>
public sealed class DecodeVideoExecutor(ModelCache models) : StageExecutor<DecodeVideoStage>
{
    /// <inheritdoc/>
    protected override void Run(DecodeVideoStage stage, StageFiles files)
    {
        var latent = files.Read(stage.Latents, "video");
        var tile = new TileDecoder(models.VideoDecoder)
            .Decode(latent, stage.Tile, stage.HeadFrames, stage.TailFrames, stage.Tiling, files.Step, frames =>
                StageFiles.RequireFinite("frames", frames));
        var tensors = new List<(string, Tensor)> { ("frames", tile.Frames) };
        if (tile.Head is not null)
            tensors.Add(("head", tile.Head));
        if (tile.Tail is not null)
            tensors.Add(("tail", tile.Tail));
        files.Write(stage.Frames, tensors);
    }
}
