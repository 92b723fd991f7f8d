using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// What a clip's settings may be. Every rule returns null for a good value, else one sentence that says what is wrong and
/// what would be right; it follows the setting's name.
/// </summary>
public static class RenderSettingsRules
{
    /// <summary>Smallest width and height in pixels.</summary>
    public const int MinSize = 64;

    /// <summary>Largest width and height in pixels.</summary>
    public const int MaxSize = 4096;

    /// <summary>Most frames of a clip; 1 + 8k.</summary>
    public const int MaxFrames = 10_001;

    /// <summary>Lowest frame rate: a picture for ten seconds, as in a slide show.</summary>
    public const double MinFps = 0.1;

    /// <summary>Highest frame rate.</summary>
    public const double MaxFps = 240;

    /// <summary>
    /// Longest clip with sound, in seconds: that of the most frames at one a second. The model sets no limit; sound takes 25
    /// tokens a second whatever the frame rate, so that a rate near 0 would ask for days of it.
    /// </summary>
    public const double MaxSoundSeconds = MaxFrames;

    /// <summary>Most characters of a prompt; Gemma reads its first 1024 tokens, about half of that.</summary>
    public const int MaxPromptLength = 10_000;

    /// <summary>Most images of a clip.</summary>
    public const int MaxImages = 64;

    /// <summary>Most denoise steps of a guided pipeline.</summary>
    public const int MaxSteps = 1000;

    /// <summary>Blocks that a transformer may have; LTX-2 has 48.</summary>
    public const int MaxBlocks = 256;

    /// <summary>Largest scale of a guidance.</summary>
    public const double MaxGuidanceScale = 100;

    /// <summary>
    /// Largest seed. The official generator is torch's Mersenne Twister on the CPU, which is initialised with the low 32 bits
    /// of its seed (ATen, CPUGeneratorImpl: <c>mt19937(uint64_t seed)</c> keeps <c>seed &amp; 0xffffffff</c>): a larger number
    /// would silently repeat the clip of a smaller one.
    /// </summary>
    public const long MaxSeed = uint.MaxValue;

    /// <summary>The factor that compresses images most.</summary>
    public const int MaxImageCrf = 51;

    private static readonly IReadOnlyDictionary<string, PipelineKind> Pipelines = Enum.GetValues<PipelineKind>()
        .ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()), StringComparer.OrdinalIgnoreCase);

    // What users of the predecessor write.
    private const string OneStageAlias = "dev";

    /// <summary>All faults of a clip's settings; empty when it can be rendered.</summary>
    public static IReadOnlyList<SettingFault> Check(RenderSettings settings)
    {
        var faults = new List<SettingFault>();
        Add("prompt", Prompt(settings.Prompt));
        Add("negative_prompt", NegativePrompt(settings.NegativePrompt));
        Add("width", Size(settings.Width));
        Add("height", Size(settings.Height));
        Add("num_frames", NumFrames(settings.NumFrames));
        Add("fps", Fps(settings.Fps, settings.NumFrames, settings.Audio));
        Add("seed", Seed(settings.Seed));
        Add("steps", Steps(settings.Guided.Steps));
        Add("pipeline", Enum.IsDefined(settings.Pipeline)
            ? null
            : $"There is no pipeline {(int)settings.Pipeline}: take {string.Join(" or ", Pipelines.Keys)}.");
        AddGuidance("cfg_scale", settings.Guided.Video);
        AddGuidance("audio_cfg_scale", settings.Guided.Audio);
        Add("image_crf", ImageCrf(settings.ImageCrf));
        Add("image", ImageCount(settings.Images.Count));
        foreach (var image in settings.Images)
        {
            Add("image_frame", ImageFrame(image.Frame, settings.NumFrames));
            Add("image_strength", ImageStrength(image.Strength));
        }

        return faults.Distinct().ToList(); // what both modalities share is told once

        void AddGuidance(string cfg, GuidanceSettings guidance)
        {
            Add(cfg, GuidanceScale(guidance.CfgScale));
            Add("stg_scale", GuidanceScale(guidance.StgScale));
            Add("stg_blocks", StgBlocks(guidance.StgBlocks));
            Add("modality_scale", GuidanceScale(guidance.ModalityScale));
            Add("rescale_scale", RescaleScale(guidance.RescaleScale));
            Add("skip_step", guidance.SkipStep is >= 0 and <= MaxSteps
                ? null
                : $"{guidance.SkipStep} steps to pass over is outside 0 to {MaxSteps}.");
        }

        void Add(string setting, string? reason)
        {
            if (reason is not null)
                faults.Add(new SettingFault(setting, reason));
        }
    }

    /// <summary>A prompt: some text, not too long.</summary>
    public static string? Prompt(string value) =>
        VisibleText.IsBlank(value) ? "It is empty: say what the clip shows." : NegativePrompt(value);

    /// <summary>A negative prompt: any text, not too long.</summary>
    public static string? NegativePrompt(string value) =>
        value.Length > MaxPromptLength ? $"It has {value.Length} characters: shorten it to {MaxPromptLength}." : null;

    /// <summary>A pipeline by its name, in any case.</summary>
    public static string? Pipeline(string name, out PipelineKind pipeline)
    {
        if (name.Equals(OneStageAlias, StringComparison.OrdinalIgnoreCase))
        {
            pipeline = PipelineKind.OneStage;
            return null;
        }

        return Pipelines.TryGetValue(name, out pipeline)
            ? null
            : $"There is no pipeline '{name}': take {string.Join(" or ", Pipelines.Keys)}.";
    }

    /// <summary>Denoise steps of a guided pipeline.</summary>
    public static string? Steps(long value) => value is >= 1 and <= MaxSteps ? null : $"{value} steps is outside 1 to {MaxSteps}.";

    /// <summary>The scale of a guidance.</summary>
    public static string? GuidanceScale(double value) =>
        value is >= 0 and <= MaxGuidanceScale ? null : $"A scale of {value} is outside 0 to {MaxGuidanceScale}.";

    /// <summary>Blocks of the transformer whose self-attention an evaluation skips; null for the model's own.</summary>
    public static string? StgBlocks(IReadOnlyList<int>? value) =>
        value is null || (value.Count is > 0 and <= MaxBlocks && value.All(block => block is >= 0 and < MaxBlocks))
            ? null
            : $"Take 1 to {MaxBlocks} blocks, each from 0 to {MaxBlocks - 1}, or none for the model's own.";

    /// <summary>How far the spread of guided predictions is drawn back.</summary>
    public static string? RescaleScale(double value) => value is >= 0 and <= 1 ? null : $"A rescaling of {value} is outside 0 (none) to 1.";

    /// <summary>A width or height: even and within bounds.</summary>
    public static string? Size(long value)
    {
        if (value is < MinSize or > MaxSize)
            return $"{value} pixels is outside {MinSize} to {MaxSize}.";
        return value % 2 != 0 ? $"{value} pixels is odd, which mp4 can't hold: take {value - 1} or {value + 1}." : null;
    }

    /// <summary>A number of frames: 1 + 8k.</summary>
    public static string? NumFrames(long value)
    {
        if (value < 1)
            return $"{value} is too few frames: take 1, 9, 17 or any 1 + 8k.";
        if (value > MaxFrames)
            return $"{value} is too many frames: take at most {MaxFrames}.";
        var lower = (value - 1) / LatentSize.TimeScale * LatentSize.TimeScale + 1;
        return lower == value ? null : $"{value} frames is not 1 + 8k: the nearest are {lower} and {lower + LatentSize.TimeScale}.";
    }

    /// <summary>A frame rate, which decides how many seconds of sound a clip has.</summary>
    /// <param name="value">Frames per second.</param>
    /// <param name="numFrames">Frames of the clip; 0 where they are unknown.</param>
    /// <param name="audio">Whether the clip has sound.</param>
    public static string? Fps(double value, long numFrames, bool audio)
    {
        if (audio && value > 0 && numFrames / value > MaxSoundSeconds)
        {
            return $"{numFrames} frames at {Text(value)} frames per second are {Readable.Number(numFrames / value)} s of sound, and a clip "
                + $"with sound has at most {Text(MaxSoundSeconds)} s: take a higher rate, fewer frames, or no sound.";
        }

        return value is >= MinFps and <= MaxFps ? null : $"{Text(value)} frames per second is outside {Text(MinFps)} to {Text(MaxFps)}.";

        static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A seed: one of the generator's 2^32.</summary>
    public static string? Seed(long value) => value switch
    {
        < 0 => $"{value} is negative: seeds run from 0 to {MaxSeed}.",
        > MaxSeed => $"It is too large: seeds run from 0 to {MaxSeed}.",
        _ => null,
    };

    /// <summary>A number of conditioning images.</summary>
    public static string? ImageCount(int value) => value > MaxImages ? $"{value} images are too many: take at most {MaxImages}." : null;

    /// <summary>A constant rate factor of x264.</summary>
    public static string? ImageCrf(long value) =>
        value is >= 0 and <= MaxImageCrf ? null : $"{value} is outside 0 (no compression) to {MaxImageCrf}.";

    /// <summary>The frame that an image stands for: one of the clip's.</summary>
    public static string? ImageFrame(long value, long numFrames) =>
        value >= 0 && value < numFrames ? null : $"Frame {value} is outside the clip, whose frames are 0 to {numFrames - 1}.";

    /// <summary>How strongly an image conditions the clip.</summary>
    public static string? ImageStrength(double value) =>
        value is >= 0 and <= 1 ? null : $"A strength of {value} is outside 0 to 1.";
}
