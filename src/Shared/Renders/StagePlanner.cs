using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Shared.Renders.Tiling;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// The only place that knows what a pipeline consists of. The plan follows from the settings alone, so a clip has the
/// same bits wherever its tasks run.
/// </summary>
public static class StagePlanner
{
    private const string Context = "prompt.context";
    private const string ClipName = "clip";

    /// <summary>The plan of a clip.</summary>
    public static StagePlan Plan(RenderSettings settings) => settings.Pipeline switch
    {
        PipelineKind.Distilled => PlanDistilled(settings),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Pipeline, "Unknown pipeline."),
    };

    private static StagePlan PlanDistilled(RenderSettings settings)
    {
        var size = RenderSize.For(settings.Width, settings.Height);
        var imageNames = settings.Images.Select((_, index) => $"image.{index}").ToList();
        var tasks = new List<StageTask>
        {
            new EncodePromptTask { Id = EncodePromptTask.Name, Prompt = settings.Prompt, Context = Context },
        };

        var noDraws = Array.Empty<NoiseDraw>();
        var stage1Draws = new[] { new NoiseDraw(Modality.Video, TokensWithConditioning(settings, size.Width / 2, size.Height / 2)) };
        var stage1 = AddDenoise(1, size.Width / 2, size.Height / 2, noDraws, initial: null);
        const string upsampled = "stage2.initial";
        tasks.Add(new UpsampleTask { Id = UpsampleTask.Name, Latent = stage1, Upsampled = upsampled });
        var stage2 = AddDenoise(2, size.Width, size.Height, stage1Draws, upsampled);

        var tiles = AddDecode(settings, stage2, tasks);
        tasks.Add(new MuxTask
        {
            Id = MuxTask.Name,
            Width = settings.Width,
            Height = settings.Height,
            CropLeft = size.CropLeft,
            CropTop = size.CropTop,
            Fps = settings.Fps,
            Tiles = tiles,
            Clip = ClipName,
        });
        var given = imageNames.Zip(settings.Images).ToDictionary(pair => pair.First, pair => pair.Second.Image);
        return new StagePlan(tasks, given, ClipName);

        string AddDenoise(int stage, int width, int height, IReadOnlyList<NoiseDraw> earlierDraws, string? initial)
        {
            string? conditioning = null;
            if (settings.Images.Count > 0)
            {
                conditioning = $"stage{stage}.conditioning";
                tasks.Add(new EncodeConditioningTask
                {
                    Id = $"{EncodeConditioningTask.Name}-{stage}",
                    Width = width,
                    Height = height,
                    Images = imageNames,
                    Conditioning = conditioning,
                });
            }

            var latent = $"stage{stage}.latent";
            tasks.Add(new DenoiseTask
            {
                Id = $"{DenoiseTask.Name}-{stage}",
                Stage = stage,
                Width = width,
                Height = height,
                NumFrames = settings.NumFrames,
                Fps = settings.Fps,
                Seed = settings.Seed,
                EarlierDraws = earlierDraws,
                Items = settings.Images.Select(image => new ConditioningItem(image.Frame, image.Strength)).ToList(),
                Context = Context,
                Conditioning = conditioning,
                Initial = initial,
                Latent = latent,
            });
            return latent;
        }
    }

    private static List<string> AddDecode(RenderSettings settings, string latent, List<StageTask> tasks)
    {
        var latentFrames = LatentSize.ForPixels(settings.NumFrames, settings.Width, settings.Height).Frames;
        var tiles = TemporalTiling.Split(latentFrames);
        var names = new List<string>();
        foreach (var tile in tiles)
        {
            var name = $"video.tile.{tile.Index}";
            tasks.Add(new DecodeVideoTask
            {
                Id = $"{DecodeVideoTask.Name}-{tile.Index}",
                Tile = tile,
                HeadFrames = tile.Index == 0 ? 0 : tiles[tile.Index - 1].FrameStop - tile.FrameStart,
                TailFrames = tile.Index == tiles.Count - 1 ? 0 : tile.FrameStop - tiles[tile.Index + 1].FrameStart,
                Latent = latent,
                Frames = name,
            });
            names.Add(name);
        }

        return names;
    }

    private static int TokensWithConditioning(RenderSettings settings, int width, int height)
    {
        var latent = LatentSize.ForPixels(settings.NumFrames, width, height);
        return latent.Tokens + settings.Images.Count(image => image.Frame != 0) * latent.TokensPerFrame;
    }
}
