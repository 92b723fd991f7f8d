using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The only place that knows what a pipeline consists of. The plan follows from the settings alone, so a clip has the
/// same bits wherever its tasks run.
/// </summary>
public static class StagePlanner
{
    private const string Context = "prompt.context";
    private const string NegativeContext = "negative-prompt.context";
    private const string ClipName = "clip";

    /// <summary>The plan of a clip.</summary>
    public static StagePlan Plan(RenderSettings settings) => settings.Pipeline switch
    {
        PipelineKind.Distilled => PlanDistilled(settings),
        PipelineKind.OneStage => PlanOneStage(settings),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Pipeline, "Unknown pipeline."),
    };

    private static StagePlan PlanDistilled(RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var (halfWidth, halfHeight) = (size.Width / 2, size.Height / 2);
        var tasks = new List<StageTask> { EncodePrompt(EncodePromptTask.Name, settings.Prompt, Context) };
        AddConditioning(settings, tasks, new(halfWidth, halfHeight, ConditioningOf(1)), new(size.Width, size.Height, ConditioningOf(2)));
        var stage1 = Denoise(settings, 1, halfWidth, halfHeight);
        const string upsampled = "stage2.initial";
        var stage2 = Denoise(settings, 2, size.Width, size.Height) with
        {
            EarlierDraws = DrawsOfStage(settings, halfWidth, halfHeight),
            Initial = upsampled,
            InitialAudio = stage1.AudioLatent,
        };
        tasks.AddRange([stage1, new UpsampleTask { Id = UpsampleTask.Name, Latent = stage1.Latent, Upsampled = upsampled }, stage2]);
        return Finish(settings, size, tasks, stage2);
    }

    private static StagePlan PlanOneStage(RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var guided = AudioTokens(settings) > 0 ? settings.Guided : settings.Guided.WithoutSound();
        var needsNegative = guided.Passes.Contains(GuidancePass.Unconditional);
        var tasks = new List<StageTask> { EncodePrompt(EncodePromptTask.Name, settings.Prompt, Context) };
        if (needsNegative)
            tasks.Add(EncodePrompt("encode-prompt-negative", settings.NegativePrompt, NegativeContext));
        AddConditioning(settings, tasks, new ConditioningTarget(size.Width, size.Height, ConditioningOf(1)));
        var denoise = Denoise(
            settings, 1, size.Width, size.Height) with
        { Guided = guided, NegativeContext = needsNegative ? NegativeContext : null };
        tasks.Add(denoise);
        return Finish(settings, size, tasks, denoise);
    }

    private static EncodePromptTask EncodePrompt(string id, string prompt, string context) =>
        new() { Id = id, Prompt = prompt, Context = context };

    private static void AddConditioning(RenderSettings settings, List<StageTask> tasks, params IReadOnlyList<ConditioningTarget> targets)
    {
        if (settings.Images.Count > 0)
            tasks.Add(
                new EncodeConditioningTask
                {
                    Id = EncodeConditioningTask.Name,
                    Images = ImageNames(settings),
                    ImageCrf = settings.ImageCrf,
                    Targets = targets
                });
    }

    private static List<string> ImageNames(RenderSettings settings) => settings.Images.Select((_, index) => $"image.{index}").ToList();

    /// <summary>A stage that starts from noise; its draws are the clip's first.</summary>
    private static DenoiseTask Denoise(RenderSettings settings, int stage, int width, int height) => new()
    {
        Id = $"{DenoiseTask.Name}-{stage}",
        Stage = stage,
        Width = width,
        Height = height,
        NumFrames = settings.NumFrames,
        Fps = settings.Fps,
        Seed = settings.Seed,
        EarlierDraws = [],
        Items = settings.Images.Select(image => new ConditioningItem(image.Frame, image.Strength)).ToList(),
        Context = Context,
        Conditioning = settings.Images.Count > 0 ? ConditioningOf(stage) : null,
        Latent = $"stage{stage}.latent",
        AudioLatent = AudioTokens(settings) > 0 ? $"stage{stage}.audio" : null,
    };

    /// <summary>Decodes the latents of the last denoising stage, and muxes.</summary>
    private static StagePlan Finish(RenderSettings settings, RenderSize size, List<StageTask> tasks, DenoiseTask last)
    {
        var sound = AddDecodeAudio(last.AudioLatent, tasks);
        var tiles = AddDecodeVideo(settings, last.Latent, tasks);
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
        var given = ImageNames(settings).Zip(settings.Images).ToDictionary(pair => pair.First, pair => pair.Second.Image);
        return new StagePlan(tasks, given, ClipName);
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

    /// <summary>Video is drawn before audio (docs/reference/pipelines.md, fact 1).</summary>
    private static List<NoiseDraw> DrawsOfStage(RenderSettings settings, int width, int height)
    {
        var draws = new List<NoiseDraw> { new(Modality.Video, TokensWithConditioning(settings, width, height)) };
        if (AudioTokens(settings) is > 0 and var tokens)
            draws.Add(new NoiseDraw(Modality.Audio, tokens));
        return draws;
    }

    /// <summary>0 for a clip without sound, or too short to have any.</summary>
    private static int AudioTokens(RenderSettings settings) =>
        settings.Audio ? AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) : 0;

    private static int TokensWithConditioning(RenderSettings settings, int width, int height)
    {
        var latent = LatentSize.ForPixels(settings.NumFrames, width, height);
        return latent.Tokens + settings.Images.Count(image => image.Frame != 0) * latent.TokensPerFrame;
    }
}
