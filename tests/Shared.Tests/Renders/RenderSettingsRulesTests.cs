using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Tests.Renders;

public sealed class RenderSettingsRulesTests
{
    private static readonly BlobRef Image = new(new string('a', 64), 1);

    [Fact]
    public void Valid_settings_have_no_faults()
    {
        Assert.Empty(RenderSettingsRules.Check(new RenderSettings { Prompt = "fox" }));
        Assert.Empty(
            RenderSettingsRules.Check(
                new RenderSettings
                {
                    Prompt = "fox",
                    Width = 64,
                    Height = 4096,
                    NumFrames = 1,
                    Fps = 240,
                    Seed = 4_294_967_295,
                    Images = [new(Image, 0, 0)]
                }));
    }

    [Fact]
    public void All_faults_of_the_settings_are_reported()
    {
        var settings = new RenderSettings
        {
            Prompt = " ",
            NegativePrompt = new string('x', 10_001),
            Enhancement = new PromptEnhancement { MaxTokens = 0, Temperature = 3 },
            Width = 62,
            Height = 4095,
            NumFrames = 10,
            Fps = double.NaN,
            Seed = -1,
            Guided = GuidedSampling.Of(
                steps: 0, cfg: -1, audioCfg: 101, stg: double.NaN, modality: 3,
                rescale: 2) with
            { Audio = new GuidanceSettings { CfgScale = -1, StgBlocks = [256], SkipStep = -1 } },
            Pipeline = (PipelineKind)77,
            Images = [new(Image, 10, 2)],
        };
        Assert.Equal(
            [
                new("prompt", "The prompt is empty: describe the clip."),
                new("negative_prompt", "The text has 10001 characters: shorten it to at most 10000."),
                new("max_tokens", "0 tokens is outside the range 1 to 1024."),
                new("temperature", "A temperature of 3 is outside the range 0 (no randomness) to 2."),
                new("width", "62 pixels is outside the range 64 to 4096."),
                new("height", "4095 pixels is odd, but mp4 requires an even size: use 4094 or 4096."),
                new("num_frames", "10 frames is not 1 + 8k: use 9 or 17."),
                new("fps", "NaN fps is outside the range 0.1 to 240."),
                new("seed", "-1 is negative: seeds range from 0 to 4294967295."),
                new("steps", "0 steps is outside the range 1 to 1000."),
                new("pipeline", $"Unknown pipeline 77: use {ChoiceNames.List<PipelineKind>()}."),
                new("cfg_scale", "A scale of -1 is outside the range 0 to 100."),
                new("stg_scale", "A scale of NaN is outside the range 0 to 100."),
                new("rescale_scale", "A rescale factor of 2 is outside the range 0 (disabled) to 1."),
                new("audio_cfg_scale", "A scale of -1 is outside the range 0 to 100."),
                new("stg_blocks", "The block list is invalid: give 1 to 256 blocks, each 0 to 255, or omit it for the model's default."),
                new("skip_step", "A skip of -1 steps is outside the range 0 to 1000."),
                new("image_frame", "Frame 10 is outside the clip: its frames are 0 to 9."),
                new SettingError("image_strength", "A strength of 2 is outside the range 0 to 1."),
            ],
            RenderSettingsRules.Check(settings));
    }

    [Theory]
    [InlineData(9, 0.00000001, "9 frames at 1E-08 fps last 900000000 s, but a clip with audio is limited to 10001 s: use a higher frame "
        + "rate, fewer frames or no audio.")]
    [InlineData(9, 0.0005, "9 frames at 0.0005 fps last 18000 s, but a clip with audio is limited to 10001 s: use a higher frame rate, "
        + "fewer frames or no audio.")]
    [InlineData(1009, 0.1, "1009 frames at 0.1 fps last 10090 s, but a clip with audio is limited to 10001 s: use a higher frame rate, "
        + "fewer frames or no audio.")]
    [InlineData(9, double.Epsilon, "9 frames at 5E-324 fps last infinite s, but a clip with audio is limited to 10001 s: use a higher "
        + "frame rate, fewer frames or no audio.")]
    [InlineData(9, 0.09, "0.09 fps is outside the range 0.1 to 240.")]
    [InlineData(9, 0, "0 fps is outside the range 0.1 to 240.")]
    [InlineData(9, -0.0, "-0 fps is outside the range 0.1 to 240.")]
    [InlineData(9, -24, "-24 fps is outside the range 0.1 to 240.")]
    [InlineData(9, double.PositiveInfinity, "Infinity fps is outside the range 0.1 to 240.")]
    public void Frame_rate_too_low_for_audio_or_out_of_range_is_refused(int frames, double fps, string reason) => Assert.Equal(
        [new SettingError("fps", reason)], RenderSettingsRules.Check(new RenderSettings { Prompt = "fox", NumFrames = frames, Fps = fps }));

    [Theory]
    [InlineData(10_001, 1, true)]
    [InlineData(993, 0.1, true)]
    [InlineData(10_001, 0.1, false)]
    [InlineData(1, 0.1, true)]
    public void Low_frame_rates_within_the_limits_are_accepted(int frames, double fps, bool audio) =>
        Assert.Empty(RenderSettingsRules.Check(new RenderSettings { Prompt = "fox", NumFrames = frames, Fps = fps, Audio = audio }));

    [Fact]
    public void Number_of_images_per_clip_is_limited()
    {
        var settings = new RenderSettings { Prompt = "fox", Images = Enumerable.Repeat(new ImageConditioning(Image), 65).ToList() };
        Assert.Equal([new SettingError("image", "65 images is too many: use at most 64.")], RenderSettingsRules.Check(settings));
    }
}
