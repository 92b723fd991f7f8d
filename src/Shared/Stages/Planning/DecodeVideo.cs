using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Plans the decoding of a video latent in tiles.</summary>
internal static class DecodeVideo
{
    /// <summary>Adds the stages and returns the artefacts of the tiles, in order.</summary>
    /// <param name="parts">The final latents of the clip's parts.</param>
    public static IReadOnlyList<string> Add(List<Stage> stages, RenderSettings settings, IReadOnlyList<PartLatents> parts)
    {
        var latentFrames = LatentSize.ForPixels(settings.NumFrames, settings.Width, settings.Height).Frames;
        var tiles = TemporalTiling.For(latentFrames, settings.Tiling);
        var names = new List<string>();
        foreach (var tile in tiles)
        {
            var name = $"video.tile.{tile.Index}";
            stages.Add(new DecodeVideoStage
            {
                Id = $"{DecodeVideoStage.KindId}-{tile.Index}",
                Tile = tile,
                Tiling = settings.Tiling,
                HeadFrames = tile.Index == 0 ? 0 : tiles[tile.Index - 1].FrameStop - tile.FrameStart,
                TailFrames = tile.Index == tiles.Count - 1 ? 0 : tile.FrameStop - tiles[tile.Index + 1].FrameStart,
                // A tile depends only on the parts that it overlaps, so it is decoded while later parts are denoised.
                Latents = parts.Select(part => part.VideoBetween(tile.LatentStart, tile.LatentStop)).OfType<LatentRange>().ToList(),
                Frames = name,
            });
            names.Add(name);
        }

        return names;
    }
}
