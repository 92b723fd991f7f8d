using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Renders;

public sealed class RenderSettingsRulesTests
{
    private static readonly BlobRef Image = new(new string('a', 64), 1);

    [Fact]
    public void Good_settings_have_no_fault()
    {
        Assert.Empty(RenderSettingsRules.Check(new RenderSettings { Prompt = "fox" }));
        Assert.Empty(RenderSettingsRules.Check(new RenderSettings { Prompt = "fox", Width = 64, Height = 4096, NumFrames = 1, Fps = 240, Seed = 4_294_967_295, Images = [new(Image, 0, 0)] }));
    }

    [Fact]
    public void Every_fault_of_the_settings_is_told()
    {
        var settings = new RenderSettings
        {
            Prompt = " ",
            NegativePrompt = new string('x', 10_001),
            Width = 62,
            Height = 4095,
            NumFrames = 10,
            Fps = double.NaN,
            Seed = -1,
            Guided = GuidedSampling.Of(steps: 0, cfg: -1, audioCfg: 101, stg: double.NaN, modality: 3, rescale: 2) with { Audio = new GuidanceSettings { CfgScale = -1, StgBlocks = [256], SkipStep = -1 } },
            Pipeline = (PipelineKind)7,
            Images = [new(Image, 10, 2)],
        };
        Assert.Equal(
            [
                new("prompt", "It is empty: say what the clip shows."),
                new("negative_prompt", "It has 10001 characters: shorten it to 10000."),
                new("width", "62 pixels is outside 64 to 4096."),
                new("height", "4095 pixels is odd, which mp4 can't hold: take 4094 or 4096."),
                new("num_frames", "10 frames is not 1 + 8k: the nearest are 9 and 17."),
                new("fps", "NaN frames per second is outside 0 (not included) to 240."),
                new("seed", "-1 is negative: seeds run from 0 to 4294967295."),
                new("steps", "0 steps is outside 1 to 1000."),
                new("pipeline", "There is no pipeline 7: take distilled or one-stage."),
                new("cfg_scale", "A scale of -1 is outside 0 to 100."),
                new("stg_scale", "A scale of NaN is outside 0 to 100."),
                new("rescale_scale", "A rescaling of 2 is outside 0 (none) to 1."),
                new("audio_cfg_scale", "A scale of -1 is outside 0 to 100."),
                new("stg_blocks", "Take 1 to 256 blocks, each from 0 to 255, or none for the model's own."),
                new("skip_step", "-1 steps to pass over is outside 0 to 1000."),
                new("image_frame", "Frame 10 is outside the clip, whose frames are 0 to 9."),
                new SettingFault("image_strength", "A strength of 2 is outside 0 to 1."),
            ],
            RenderSettingsRules.Check(settings));
    }

    [Fact]
    public void A_clip_has_a_limited_number_of_images()
    {
        var settings = new RenderSettings { Prompt = "fox", Images = Enumerable.Repeat(new ImageConditioning(Image), 65).ToList() };
        Assert.Equal([new SettingFault("image", "65 images are too many: take at most 64.")], RenderSettingsRules.Check(settings));
    }
}
