using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Shared.Tests.Stages;

/// <summary>The stages of each pipeline.</summary>
public sealed class PipelinePlansTests
{
    private static readonly BlobRef Blob = new(new string('a', 64), 1);
    private static readonly VideoFile Video = new(Blob, 200, 120, 30, 25, HasAudio: true);
    private static readonly ClipAdapter Distilled = new(Blob, 1, AdapterPasses.Second);
    private static readonly RenderSettings Clip = new() { Prompt = "x", Width = 200, Height = 120, NumFrames = 17 };

    public static TheoryData<RenderSettings, string> Plans() => new()
    {
        {
            Clip with { Pipeline = PipelineKind.TwoStage, Adapters = [Distilled] },
            "encode-prompt encode-prompt-negative denoise-1 upsample denoise-2 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.Keyframes, Images = [new(Blob), new(Blob, 16)] },
            "encode-prompt encode-prompt-negative encode-conditioning denoise-1 upsample denoise-2 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.IcLora, Videos = [new(Video)], Adapters = [new(Blob)] },
            "encode-prompt encode-video-0 denoise-1 upsample denoise-2 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.IcLora, Videos = [new(Video)], Adapters = [new(Blob)], SkipPass2 = true },
            "encode-prompt encode-video-0 denoise-1 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.AudioToVideo, Soundtrack = new(Blob, 9) },
            "encode-prompt encode-prompt-negative encode-audio denoise-1 upsample denoise-2 decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.Retake, Source = Video, Interval = new(0, 0.5) },
            "encode-prompt encode-video-source encode-audio-source denoise-1 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.Extend, Source = Video, NumFrames = 41 },
            "encode-prompt encode-video-source encode-audio-source denoise-1 decode-audio decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.Upscale, Source = Video, Width = 400, Height = 240 },
            "encode-video-source upsample encode-audio-source decode-video-0 mux"
        },
        {
            Clip with { Pipeline = PipelineKind.TextToAudio }, "encode-prompt denoise-1 decode-audio mux"
        },
        {
            Clip with { Pipeline = PipelineKind.TextToAudio, DistilledSampling = false },
            "encode-prompt encode-prompt-negative denoise-1 decode-audio mux"
        },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Pipeline_has_its_stages_and_every_input_is_written_before(RenderSettings settings, string stages) =>
        PlanAssert.HasStages(settings, stages);

    [Theory]
    [InlineData(400, 240, 2, 448, 256, 224, 128)]
    [InlineData(300, 180, 1.5, 384, 192, 256, 128)]
    public void Size_of_an_upscaled_clip_selects_the_upsampler(
        int width, int height, double factor, int renderedWidth, int renderedHeight, int sourceWidth, int sourceHeight)
    {
        var settings = Clip with { Pipeline = PipelineKind.Upscale, Source = Video, Width = width, Height = height };
        Assert.Empty(RenderSettingsRules.Check(settings));
        var plan = StagePlanner.Plan(settings);
        Assert.Equal(factor, plan.Stages.OfType<UpsampleStage>().Single().Factor);
        var size = RenderSize.For(settings);
        var source = plan.Stages.OfType<EncodeVideoStage>().Single();
        Assert.Equal(
            (renderedWidth, renderedHeight, sourceWidth, sourceHeight), (size.Width, size.Height, source.Width, source.Height));
    }

    [Fact]
    public void Other_sizes_of_an_upscaled_clip_are_refused_with_the_possible_ones()
    {
        var errors = RenderSettingsRules.Check(Clip with { Pipeline = PipelineKind.Upscale, Source = Video, Width = 300, Height = 240 });
        Assert.Contains("use 400x240 or 300x180", Assert.Single(errors).Reason);
    }

    [Fact]
    public void Distilled_adapter_acts_in_pass_2_and_in_context_adapter_in_pass_1()
    {
        var twoStage = Denoises(Clip with { Pipeline = PipelineKind.TwoStage, Adapters = [new(Blob, 0.5), Distilled] });
        Assert.Equal(["adapter.0"], twoStage[0].Adapters.Select(adapter => adapter.File));
        Assert.Equal(["adapter.0", "adapter.1"], twoStage[1].Adapters.Select(adapter => adapter.File));
        var inContext = Denoises(Clip with { Pipeline = PipelineKind.IcLora, Videos = [new(Video)], Adapters = [new(Blob)] });
        Assert.Equal([1, 0], inContext.Select(denoise => denoise.Adapters.Count));
        Assert.Equal([1, 0], inContext.Select(denoise => denoise.Videos.Count));
    }

    [Fact]
    public void Reference_has_the_scale_of_its_adapter()
    {
        var settings = Clip with
        {
            Pipeline = PipelineKind.IcLora,
            Width = 256,
            Height = 128,
            Videos = [new(Video)],
            Adapters = [new(Blob, ReferenceDownscale: 2, ReferenceTemporalScale: 2)],
        };
        var encode = StagePlanner.Plan(settings).Stages.OfType<EncodeVideoStage>().Single();
        Assert.Equal((64, 32, 9, 2), (encode.Width, encode.Height, encode.NumFrames, encode.FrameStep));
        Assert.Equal(
            new RenderSize(256, 128, 28, 4), RenderSize.For(settings with { Width = 200, Height = 120 }));
    }

    [Fact]
    public void Appended_tokens_shift_later_draws()
    {
        var plain = Denoises(Clip)[1].EarlierDraws[0].Tokens;
        var keyframe = Denoises(Clip with { Images = [new(Blob, 8)] })[1].EarlierDraws[0].Tokens;
        var replaced = Denoises(Clip with { Images = [new(Blob, 8)], ImageMode = ConditioningMode.Replace })[1].EarlierDraws[0].Tokens;
        Assert.Equal((plain / 3, 0), (keyframe - plain, replaced - plain)); // a clip of three latent frames
    }

    [Fact]
    public void Extension_keeps_the_source_at_its_side()
    {
        var forwards = Denoises(Clip with { Pipeline = PipelineKind.Extend, Source = Video, NumFrames = 41 })[0];
        var backwards = Denoises(Clip with { Pipeline = PipelineKind.Extend, Source = Video, NumFrames = 41, ExtendBackwards = true })[0];
        Assert.Equal((0, 0, 4), (forwards.Videos[0].Frame, forwards.Videos[0].Skip, forwards.Videos[0].Size.Frames));
        Assert.Equal((16, 1, 4), (backwards.Videos[0].Frame, backwards.Videos[0].Skip, backwards.Videos[0].Size.Frames));
        Assert.Equal((0, forwards.AudioTokens - 26), (forwards.KeptAudio!.Frame, backwards.KeptAudio!.Frame));
    }

    [Fact]
    public void Fewer_steps_keep_a_subset_of_the_noise_levels()
    {
        var denoises = Denoises(Clip with { Pass1Steps = 3, Pass2Steps = 1 });
        Assert.Equal([1f, 0.725f, 0.421875f, 0f], denoises[0].Sigmas);
        Assert.Equal([0.421875f, 0f], denoises[1].Sigmas);
    }

    [Theory]
    [InlineData(PipelineKind.Keyframes, "image")]
    [InlineData(PipelineKind.IcLora, "video lora")]
    [InlineData(PipelineKind.AudioToVideo, "audio_file")]
    [InlineData(PipelineKind.Retake, "source")]
    [InlineData(PipelineKind.Extend, "source")]
    [InlineData(PipelineKind.Upscale, "source")]
    public void Pipeline_without_its_inputs_is_refused(PipelineKind pipeline, string settings) => Assert.Equal(
        settings, string.Join(' ', RenderSettingsRules.Check(Clip with { Pipeline = pipeline }).Select(error => error.Setting)));

    [Fact]
    public void Audio_too_short_for_a_latent_frame_is_refused()
    {
        var errors = RenderSettingsRules.Check(Clip with { Pipeline = PipelineKind.TextToAudio, NumFrames = 1, Fps = 60 });
        Assert.Equal("num_frames", Assert.Single(errors).Setting);
    }

    [Fact]
    public void Audio_alone_has_no_video_tokens_and_no_guidance_by_video()
    {
        var stage = Assert.Single(Denoises(Clip with { Pipeline = PipelineKind.TextToAudio, DistilledSampling = false }));
        Assert.Equal((0, true), (stage.Tokens, stage.AudioTokens > 0));
        Assert.Equal([stage.AudioLatent!], stage.Outputs);
        Assert.DoesNotContain(GuidanceEvaluation.Isolated, stage.Guided!.Evaluations);
        var errors =
            RenderSettingsRules.Check(Clip with { Pipeline = PipelineKind.TextToAudio, Audio = false, Images = [new(Blob)] });
        Assert.Equal("audio image", string.Join(' ', errors.Select(error => error.Setting).Order()));
    }

    [Theory]
    [InlineData(-1, 2, "start")]
    [InlineData(2, 1, "start")]
    [InlineData(9, 10, "start")]
    [InlineData(0, 0.5, "")]
    public void Interval_must_lie_in_the_source(double start, double end, string setting) => Assert.Equal(
        setting,
        string.Join(' ', RenderSettingsRules.Check(Clip with { Pipeline = PipelineKind.Retake, Source = Video, Interval = new(start, end) })
            .Select(error => error.Setting)));

    private static List<DenoiseStage> Denoises(RenderSettings settings) =>
        StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>().ToList();
}
