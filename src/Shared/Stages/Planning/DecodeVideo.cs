using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Plans the decoding of a video latent in tiles.</summary>
internal static class DecodeVideo
{
    /// <summary>Adds the stages and returns the artefacts of the tiles, in order.</summary>
    public static IReadOnlyList<string> Add(List<Stage> stages, RenderSettings settings, string latent)
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
                Latent = latent,
                Frames = name,
            });
            names.Add(name);
        }

        return names;
    }
}
