using System.Globalization;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// Validation rules of a clip's settings. Each rule returns null for a valid value; otherwise a one-sentence error with the remedy, to be
/// shown after the setting's name.
/// </summary>
public static class RenderSettingsRules
{
    /// <summary>Minimum width and height in pixels.</summary>
    public const int MinSize = 64;

    /// <summary>Maximum width and height in pixels.</summary>
    public const int MaxSize = 4096;

    /// <summary>Maximum number of frames per clip; 1 + 8k.</summary>
    public const int MaxFrames = 10_001;

    /// <summary>Minimum length of a part's overlap: two latent frames, of which the second has an exact position in time.</summary>
    public const int MinOverlapFrames = 1 + LatentSize.TimeScale;

    /// <summary>Minimum length of a part: the shortest overlap and one latent frame.</summary>
    public const int MinPartFrames = MinOverlapFrames + LatentSize.TimeScale;

    /// <summary>Default length of a part's overlap: about one second, which shows motion.</summary>
    public const int DefaultOverlapFrames = 25;

    /// <summary>Minimum frame rate: ten seconds per frame, as in a slide show.</summary>
    public const double MinFps = 0.1;

    public const double MaxFps = 240;

    /// <summary>
    /// Maximum duration of a clip with audio, in seconds: that of the maximum number of frames at one frame per second. The model sets no
    /// limit, but audio takes 25 tokens per second at any frame rate, and a rate near 0 would require days of audio.
    /// </summary>
    public const double MaxAudioSeconds = MaxFrames;

    /// <summary>Maximum number of characters in a prompt; Gemma reads the first 1024 tokens, about half of that.</summary>
    public const int MaxPromptLength = 10_000;

    /// <summary>Maximum number of tokens of an enhanced prompt: what the text encoder reads.</summary>
    public const int MaxEnhancementTokens = PromptLength.MaxTokens;

    /// <summary>Maximum temperature of prompt enhancement; above it, the text is noise.</summary>
    public const double MaxTemperature = 2;

    /// <summary>Maximum number of conditioning images per clip.</summary>
    public const int MaxImages = 64;

    /// <summary>Maximum number of conditioning videos per clip.</summary>
    public const int MaxVideos = 16;

    /// <summary>Maximum number of adapters per clip.</summary>
    public const int MaxAdapters = 32;

    /// <summary>Number of steps in denoise pass 1 of distilled sampling.</summary>
    public const int MaxPass1Steps = 8;

    /// <summary>Number of steps in denoise pass 2.</summary>
    public const int MaxPass2Steps = 3;

    /// <summary>Maximum number of denoise steps of a guided pipeline.</summary>
    public const int MaxSteps = 1000;

    /// <summary>Maximum number of transformer blocks; LTX-2 has 48.</summary>
    public const int MaxBlocks = 256;

    public const double MaxGuidanceScale = 100;

    /// <summary>
    /// Maximum seed. The official generator is torch's Mersenne Twister on the CPU, which is initialised with the low 32 bits of its seed
    /// (ATen, CPUGeneratorImpl: <c>mt19937(uint64_t seed)</c> keeps <c>seed &amp; 0xffffffff</c>): a larger seed would silently produce the
    /// same clip as a smaller one.
    /// </summary>
    public const long MaxSeed = uint.MaxValue;

    /// <summary>Maximum constant rate factor, the strongest compression.</summary>
    public const int MaxImageCrf = 51;

    // The predecessor's names for pipelines.
    private static readonly IReadOnlyDictionary<string, PipelineKind> PipelineAliases =
        new Dictionary<string, PipelineKind>(StringComparer.OrdinalIgnoreCase)
        {
            ["dev"] = PipelineKind.OneStage,
            ["keyframe"] = PipelineKind.Keyframes,
        };

    /// <summary>Returns all errors in a clip's settings; empty when the clip can be rendered.</summary>
    public static IReadOnlyList<SettingError> Check(RenderSettings settings)
    {
        var errors = new List<SettingError>();
        Add("prompt", Prompt(settings.Prompt));
        Add("negative_prompt", NegativePrompt(settings.NegativePrompt ?? ""));
        if (settings.Enhancement is { } enhancement)
        {
            Add("max_tokens", MaxTokens(enhancement.MaxTokens));
            Add("temperature", Temperature(enhancement.Temperature));
        }

        Add("width", Size(settings.Width));
        Add("height", Size(settings.Height));
        Add("num_frames", NumFrames(settings.NumFrames));
        Add("part_frames", settings.PartFrames is { } part ? PartFrames(part) : null);
        Add("overlap_frames", OverlapFrames(settings.OverlapFrames));
        Add("fps", Fps(settings.Fps, settings.NumFrames, settings.Audio));
        Add("seed", Seed(settings.Seed));
        Add("steps", Steps(settings.Guided.Steps));
        Add("pipeline", Enum.IsDefined(settings.Pipeline)
            ? null
            : $"Unknown pipeline {(int)settings.Pipeline}: use {ChoiceNames.List<PipelineKind>()}.");
        AddGuidance("cfg_scale", settings.Guided.Video);
        AddGuidance("audio_cfg_scale", settings.Guided.Audio);
        Add("image_crf", ImageCrf(settings.ImageCrf));
        Add("image", ImageCount(settings.Images.Count));
        foreach (var image in settings.Images)
        {
            Add("image_frame", ImageFrame(image.Frame, settings.NumFrames));
            Add("image_strength", ImageStrength(image.Strength));
        }

        errors.AddRange(PipelineRules.Check(settings));
        Add("tiling", Enum.IsDefined(settings.Tiling) ? null : $"Unknown tiling mode {(int)settings.Tiling}: use {TilingModes.List}.");
        errors.AddRange(OutputSettingsRules.Check(settings.Output));
        return errors.Distinct().ToList(); // errors shared by both modalities are reported once

        void AddGuidance(string cfg, GuidanceSettings guidance)
        {
            Add(cfg, GuidanceScale(guidance.CfgScale));
            Add("stg_scale", GuidanceScale(guidance.StgScale));
            Add("stg_blocks", StgBlocks(guidance.StgBlocks));
            Add("modality_scale", GuidanceScale(guidance.ModalityScale));
            Add("rescale_scale", RescaleScale(guidance.RescaleScale));
            Add("skip_step", guidance.SkipStep is >= 0 and <= MaxSteps
                ? null
                : $"A skip of {guidance.SkipStep} steps is outside the range 0 to {MaxSteps}.");
        }

        void Add(string setting, string? reason)
        {
            if (reason is not null)
                errors.Add(new SettingError(setting, reason));
        }
    }

    /// <summary>Checks a prompt: required, with a maximum length.</summary>
    public static string? Prompt(string value) =>
        VisibleText.IsBlank(value) ? "The prompt is empty: describe the clip." : NegativePrompt(value);

    /// <summary>Checks a negative prompt: optional, with a maximum length.</summary>
    public static string? NegativePrompt(string value) =>
        value.Length > MaxPromptLength ? $"The text has {value.Length} characters: shorten it to at most {MaxPromptLength}." : null;

    /// <summary>Checks the maximum number of tokens of an enhanced prompt.</summary>
    public static string? MaxTokens(long value) => value is >= 1 and <= MaxEnhancementTokens
        ? null
        : $"{value} tokens is outside the range 1 to {MaxEnhancementTokens}.";

    /// <summary>Checks the temperature of prompt enhancement.</summary>
    public static string? Temperature(double value) => value is >= 0 and <= MaxTemperature
        ? null
        : $"A temperature of {value} is outside the range 0 (no randomness) to {MaxTemperature}.";

    /// <summary>Parses the name of a pipeline, ignoring case.</summary>
    public static string? Pipeline(string name, out PipelineKind pipeline) =>
        PipelineAliases.TryGetValue(name, out pipeline) || ChoiceNames.Read(name, out pipeline) is null
            ? null
            : $"Unknown pipeline '{name}': use {ChoiceNames.List<PipelineKind>()}.";

    /// <summary>Checks the number of denoise steps of a guided pipeline.</summary>
    public static string? Steps(long value) =>
        value is >= 1 and <= MaxSteps ? null : $"{value} steps is outside the range 1 to {MaxSteps}.";

    /// <summary>Checks a guidance scale.</summary>
    public static string? GuidanceScale(double value) =>
        value is >= 0 and <= MaxGuidanceScale ? null : $"A scale of {value} is outside the range 0 to {MaxGuidanceScale}.";

    /// <summary>Checks the transformer blocks in which an evaluation skips self-attention; null for the model's default.</summary>
    public static string? StgBlocks(IReadOnlyList<int>? value) =>
        value is null || (value.Count is > 0 and <= MaxBlocks && value.All(block => block is >= 0 and < MaxBlocks))
            ? null
            : $"The block list is invalid: give 1 to {MaxBlocks} blocks, each 0 to {MaxBlocks - 1}, or omit it for the model's default.";

    /// <summary>Checks the factor of guidance rescaling.</summary>
    public static string? RescaleScale(double value) =>
        value is >= 0 and <= 1 ? null : $"A rescale factor of {value} is outside the range 0 (disabled) to 1.";

    /// <summary>Checks a width or height: even and within bounds.</summary>
    public static string? Size(long value)
    {
        if (value is < MinSize or > MaxSize)
            return $"{value} pixels is outside the range {MinSize} to {MaxSize}.";
        return value % 2 != 0 ? $"{value} pixels is odd, but mp4 requires an even size: use {value - 1} or {value + 1}." : null;
    }

    /// <summary>Checks a number of frames: 1 + 8k.</summary>
    public static string? NumFrames(long value)
    {
        if (value < 1)
            return $"{value} frames is too few: use 1, 9, 17 or any other 1 + 8k.";
        if (value > MaxFrames)
            return $"{value} frames is too many: use at most {MaxFrames}.";
        var lower = (value - 1) / LatentSize.TimeScale * LatentSize.TimeScale + 1;
        return lower == value ? null : $"{value} frames is not 1 + 8k: use {lower} or {lower + LatentSize.TimeScale}.";
    }

    /// <summary>Checks the number of frames of a part: 1 + 8k.</summary>
    public static string? PartFrames(long value) => value < MinPartFrames
        ? $"{value} frames is too few for a part: use {MinPartFrames} or more."
        : NumFrames(value);

    /// <summary>Checks the number of frames with which a part repeats the previous one: 1 + 8k.</summary>
    public static string? OverlapFrames(long value) => value < MinOverlapFrames
        ? $"{value} frames is too few for an overlap: use {MinOverlapFrames} or more."
        : NumFrames(value);

    /// <summary>Rounds a valid number of frames up to 1 + 8k; returns a number out of range unchanged.</summary>
    public static int NextNumFrames(int value) => value is < 1 or > MaxFrames
        ? value
        : (value + LatentSize.TimeScale - 2) / LatentSize.TimeScale * LatentSize.TimeScale + 1;

    /// <summary>Checks a frame rate, which also determines a clip's seconds of audio.</summary>
    /// <param name="numFrames">Number of frames; 0 when unknown.</param>
    public static string? Fps(double value, long numFrames, bool audio)
    {
        if (audio && value > 0 && numFrames / value > MaxAudioSeconds)
        {
            return $"{numFrames} frames at {Text(value)} fps last {Readable.Number(numFrames / value)} s, but a clip with audio is limited "
                + $"to {Text(MaxAudioSeconds)} s: use a higher frame rate, fewer frames or no audio.";
        }

        return value is >= MinFps and <= MaxFps ? null : $"{Text(value)} fps is outside the range {Text(MinFps)} to {Text(MaxFps)}.";

        static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Checks a seed: one of the generator's 2^32.</summary>
    public static string? Seed(long value) => value switch
    {
        < 0 => $"{value} is negative: seeds range from 0 to {MaxSeed}.",
        > MaxSeed => $"The seed is too large: seeds range from 0 to {MaxSeed}.",
        _ => null,
    };

    /// <summary>Checks the number of conditioning images.</summary>
    public static string? ImageCount(int value) => value > MaxImages ? $"{value} images is too many: use at most {MaxImages}." : null;

    /// <summary>Checks an x264 constant rate factor.</summary>
    public static string? ImageCrf(long value) =>
        value is >= 0 and <= MaxImageCrf ? null : $"{value} is outside the range 0 (no compression) to {MaxImageCrf}.";

    /// <summary>Checks the frame that an image conditions: one of the clip's.</summary>
    public static string? ImageFrame(long value, long numFrames) =>
        value >= 0 && value < numFrames ? null : $"Frame {value} is outside the clip: its frames are 0 to {numFrames - 1}.";

    /// <summary>Checks a time in a file.</summary>
    public static string? Seconds(double value) =>
        value is >= 0 and <= TimeInterval.MaxSeconds ? null : $"{value} s is outside the range 0 to {TimeInterval.MaxSeconds}.";

    /// <summary>Checks the strength of a conditioning image.</summary>
    public static string? ImageStrength(double value) =>
        value is >= 0 and <= 1 ? null : $"A strength of {value} is outside the range 0 to 1.";
}
