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

        if (imageNames.Count > 0)
        {
            tasks.Add(new EncodeConditioningTask
            {
                Id = EncodeConditioningTask.Name,
                Images = imageNames,
                ImageCrf = settings.ImageCrf,
                Targets = [new(size.Width / 2, size.Height / 2, ConditioningOf(1)), new(size.Width, size.Height, ConditioningOf(2))],
            });
        }

        var stage1 = AddDenoise(1, size.Width / 2, size.Height / 2, earlierDraws: [], initial: null, initialAudio: null);
        const string upsampled = "stage2.initial";
        tasks.Add(new UpsampleTask { Id = UpsampleTask.Name, Latent = stage1.Latent, Upsampled = upsampled });
        var stage2 = AddDenoise(2, size.Width, size.Height, DrawsOfStage(settings, size.Width / 2, size.Height / 2), upsampled, stage1.AudioLatent);

        var sound = AddDecodeAudio(stage2.AudioLatent, tasks);
        var tiles = AddDecodeVideo(settings, stage2.Latent, tasks);
        tasks.Add(new MuxTask
        {
            Id = MuxTask.Name,
            Width = settings.Width,
            Height = settings.Height,
            CropLeft = size.CropLeft,
            CropTop = size.CropTop,
            Fps = settings.Fps,
            Tiles = tiles,
            Sound = sound,
            Clip = ClipName,
        });
        var given = imageNames.Zip(settings.Images).ToDictionary(pair => pair.First, pair => pair.Second.Image);
        return new StagePlan(tasks, given, ClipName);

        DenoiseTask AddDenoise(int stage, int width, int height, IReadOnlyList<NoiseDraw> earlierDraws, string? initial, string? initialAudio)
        {
            var denoise = new DenoiseTask
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
                Conditioning = imageNames.Count > 0 ? ConditioningOf(stage) : null,
                Initial = initial,
                InitialAudio = initialAudio,
                Latent = $"stage{stage}.latent",
                AudioLatent = AudioTokens(settings) > 0 ? $"stage{stage}.audio" : null,
            };
            tasks.Add(denoise);
            return denoise;
        }
    }

    private static string ConditioningOf(int stage) => $"stage{stage}.conditioning";

    private static string? AddDecodeAudio(string? latent, List<StageTask> tasks)
    {
        if (latent is null)
            return null;
        const string sound = "sound";
        tasks.Add(new DecodeAudioTask { Id = DecodeAudioTask.Name, Latent = latent, Sound = sound });
        return sound;
    }

    private static List<string> AddDecodeVideo(RenderSettings settings, string latent, List<StageTask> tasks)
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

    /// <summary>Video is drawn before audio (README-pipelines, draw 1).</summary>
    private static List<NoiseDraw> DrawsOfStage(RenderSettings settings, int width, int height)
    {
        var draws = new List<NoiseDraw> { new(Modality.Video, TokensWithConditioning(settings, width, height)) };
        if (AudioTokens(settings) is > 0 and var tokens)
            draws.Add(new NoiseDraw(Modality.Audio, tokens));
        return draws;
    }

    /// <summary>0 for a clip without sound, or too short to have any.</summary>
    private static int AudioTokens(RenderSettings settings) => settings.Audio ? AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) : 0;

    private static int TokensWithConditioning(RenderSettings settings, int width, int height)
    {
        var latent = LatentSize.ForPixels(settings.NumFrames, width, height);
        return latent.Tokens + settings.Images.Count(image => image.Frame != 0) * latent.TokensPerFrame;
    }
}
