using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Plans the stages of a clip; the only place that defines the pipelines. The plan depends on the settings alone, so a clip is
/// bit-identical wherever its stages run.
/// </summary>
public static class StagePlanner
{
    private const string EnhancedPrompt = "prompt.enhanced";
    private const string Context = "prompt.context";
    private const string NegativeContext = "negative-prompt.context";
    private const string ClipName = "clip";

    /// <summary>Returns the plan of a clip.</summary>
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
        var stages = StartWithPrompt(settings);
        AddConditioning(settings, stages, new(halfWidth, halfHeight, ConditioningOf(1)), new(size.Width, size.Height, ConditioningOf(2)));
        var first = Denoise(settings, 1, halfWidth, halfHeight);
        const string upsampled = "pass2.initial";
        var second = Denoise(settings, 2, size.Width, size.Height) with
        {
            EarlierDraws = DrawsOfPass(settings, halfWidth, halfHeight),
            Initial = upsampled,
            InitialAudio = first.AudioLatent,
        };
        stages.AddRange([first, new UpsampleStage { Id = UpsampleStage.KindId, Latent = first.Latent, Upsampled = upsampled }, second]);
        return Finish(settings, size, stages, second);
    }

    private static StagePlan PlanOneStage(RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var guided = AudioTokens(settings) > 0 ? settings.Guided : settings.Guided.WithoutAudio();
        var needsNegative = guided.Evaluations.Contains(GuidanceEvaluation.Unconditional);
        var stages = StartWithPrompt(settings);
        if (needsNegative)
            stages.Add(new EncodePromptStage
            {
                Id = "encode-prompt-negative",
                Prompt = settings.NegativePrompt ?? NegativePrompts.Official,
                Context = NegativeContext,
            });
        AddConditioning(settings, stages, new ConditioningTarget(size.Width, size.Height, ConditioningOf(1)));
        var denoise = Denoise(
            settings, 1, size.Width, size.Height) with
        { Guided = guided, NegativeContext = needsNegative ? NegativeContext : null };
        stages.Add(denoise);
        return Finish(settings, size, stages, denoise);
    }

    /// <summary>Returns the stages that encode the prompt, enhanced if the settings ask for it.</summary>
    private static List<Stage> StartWithPrompt(RenderSettings settings)
    {
        if (settings.Enhancement is not { } enhancement)
            return [new EncodePromptStage { Id = EncodePromptStage.KindId, Prompt = settings.Prompt, Context = Context }];
        var enhance = new EnhancePromptStage
        {
            Id = EnhancePromptStage.KindId,
            Prompt = settings.Prompt,
            HasImages = settings.Images.Count > 0,
            MaxTokens = enhancement.MaxTokens,
            Temperature = enhancement.Temperature,
            Seed = enhancement.Temperature == 0 ? null : settings.Seed,
            EnhancedPrompt = EnhancedPrompt,
        };
        return [enhance, new EncodePromptStage { Id = EncodePromptStage.KindId, EnhancedPrompt = EnhancedPrompt, Context = Context }];
    }

    private static void AddConditioning(RenderSettings settings, List<Stage> stages, params IReadOnlyList<ConditioningTarget> targets)
    {
        if (settings.Images.Count > 0)
            stages.Add(
                new EncodeConditioningStage
                {
                    Id = EncodeConditioningStage.KindId,
                    Images = ImageNames(settings),
                    ImageCrf = settings.ImageCrf,
                    Targets = targets
                });
    }

    private static List<string> ImageNames(RenderSettings settings) => settings.Images.Select((_, index) => $"image.{index}").ToList();

    /// <summary>Creates a stage that starts from noise and makes the clip's first draws.</summary>
    private static DenoiseStage Denoise(RenderSettings settings, int passIndex, int width, int height) => new()
    {
        Id = $"{DenoiseStage.KindId}-{passIndex}",
        PassIndex = passIndex,
        Width = width,
        Height = height,
        NumFrames = settings.NumFrames,
        Fps = settings.Fps,
        Seed = settings.Seed,
        EarlierDraws = [],
        Items = settings.Images.Select(image => new ConditioningItem(image.Frame, image.Strength)).ToList(),
        Context = Context,
        Conditioning = settings.Images.Count > 0 ? ConditioningOf(passIndex) : null,
        Latent = $"pass{passIndex}.latent",
        AudioLatent = AudioTokens(settings) > 0 ? $"pass{passIndex}.audio" : null,
    };

    /// <summary>Adds the stages that decode the latents of the last denoise pass and mux the clip.</summary>
    private static StagePlan Finish(RenderSettings settings, RenderSize size, List<Stage> stages, DenoiseStage last)
    {
        var sound = AddDecodeAudio(last.AudioLatent, stages);
        var tiles = AddDecodeVideo(settings, last.Latent, stages);
        stages.Add(new MuxStage
        {
            Id = MuxStage.KindId,
            Width = settings.Width,
            Height = settings.Height,
            CropLeft = size.CropLeft,
            CropTop = size.CropTop,
            Fps = settings.Fps,
            Tiles = tiles,
            Audio = sound,
            Clip = ClipName,
        });
        var given = ImageNames(settings).Zip(settings.Images).ToDictionary(pair => pair.First, pair => pair.Second.Image);
        return new StagePlan(stages, given, ClipName);
    }

    private static string ConditioningOf(int passIndex) => $"pass{passIndex}.conditioning";

    private static string? AddDecodeAudio(string? latent, List<Stage> stages)
    {
        if (latent is null)
            return null;
        const string sound = "sound";
        stages.Add(new DecodeAudioStage { Id = DecodeAudioStage.KindId, Latent = latent, Audio = sound });
        return sound;
    }

    private static List<string> AddDecodeVideo(RenderSettings settings, string latent, List<Stage> stages)
    {
        var latentFrames = LatentSize.ForPixels(settings.NumFrames, settings.Width, settings.Height).Frames;
        var tiles = TemporalTiling.Split(latentFrames);
        var names = new List<string>();
        foreach (var tile in tiles)
        {
            var name = $"video.tile.{tile.Index}";
            stages.Add(new DecodeVideoStage
            {
                Id = $"{DecodeVideoStage.KindId}-{tile.Index}",
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
    private static List<NoiseDraw> DrawsOfPass(RenderSettings settings, int width, int height)
    {
        var draws = new List<NoiseDraw> { new(Modality.Video, TokensWithConditioning(settings, width, height)) };
        if (AudioTokens(settings) is > 0 and var tokens)
            draws.Add(new NoiseDraw(Modality.Audio, tokens));
        return draws;
    }

    /// <summary>Returns the number of audio tokens; 0 for a clip without audio, or too short to have any.</summary>
    private static int AudioTokens(RenderSettings settings) =>
        settings.Audio ? AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) : 0;

    private static int TokensWithConditioning(RenderSettings settings, int width, int height)
    {
        var latent = LatentSize.ForPixels(settings.NumFrames, width, height);
        return latent.Tokens + settings.Images.Count(image => image.Frame != 0) * latent.TokensPerFrame;
    }
}
