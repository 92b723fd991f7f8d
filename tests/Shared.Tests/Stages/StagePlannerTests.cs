using System.Text.Json;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Shared.Tests.Stages;

public sealed class StagePlannerTests
{
    private static readonly BlobRef Image = new(new string('a', 64), 10);

    [Fact]
    public void Every_stage_input_is_external_or_an_output_of_an_earlier_stage()
    {
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x", NumFrames = 241, Images = [new(Image), new(Image, 16, 0.5)] });
        var known = plan.ExternalInputs.Keys.ToHashSet();
        foreach (var stage in plan.Stages)
        {
            Assert.All(stage.Inputs, input => Assert.Contains(input, known));
            Assert.All(stage.Outputs, output => Assert.True(known.Add(output), $"{output} is written twice"));
        }

        Assert.Contains(plan.Clip, known);
        Assert.Equal(plan.Stages.Count, plan.Stages.Select(stage => stage.Id).Distinct().Count());
    }

    [Fact]
    public void Denoise_pass_2_skips_the_noise_draws_of_pass_1_including_keyframe_tokens()
    {
        var plan = StagePlanner.Plan(
            new RenderSettings { Prompt = "x", Width = 192, Height = 128, NumFrames = 17, Images = [new(Image), new(Image, 12, 0.6)] });
        var second = plan.Stages.OfType<DenoiseStage>().Single(stage => stage.PassIndex == 2);
        // Pass 1: 3 latent frames of 2 x 3 tokens, plus 6 tokens for the keyframe (docs/reference/pipelines.md, fact 2).
        Assert.Equal([new NoiseDraw(Modality.Video, 18 + 6), new NoiseDraw(Modality.Audio, 18)], second.EarlierDraws);
    }

    [Fact]
    public void Clip_without_audio_has_no_audio_draws_and_no_audio_decode_stage()
    {
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x", Width = 192, Height = 128, NumFrames = 17, Audio = false });
        Assert.Equal(
            [new NoiseDraw(Modality.Video, 18)], plan.Stages.OfType<DenoiseStage>().Single(stage => stage.PassIndex == 2).EarlierDraws);
        Assert.All(plan.Stages.OfType<DenoiseStage>(), stage => Assert.Null(stage.AudioLatent));
        Assert.Empty(plan.Stages.OfType<DecodeAudioStage>());
        Assert.Null(plan.Stages.OfType<MuxStage>().Single().Audio);
    }

    [Fact]
    public void Denoise_pass_2_refines_the_audio_of_pass_1_and_the_mux_stage_reads_it()
    {
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x" });
        var stages = plan.Stages.OfType<DenoiseStage>().ToList();
        var decode = plan.Stages.OfType<DecodeAudioStage>().Single();
        Assert.Null(stages[0].InitialAudio);
        Assert.Equal(stages[0].AudioLatent, stages[1].InitialAudio);
        Assert.Equal(stages[1].AudioLatent, decode.Latents.Single().Latent);
        Assert.Contains(decode.Audio, plan.Stages.OfType<MuxStage>().Single().Inputs);
    }

    [Fact]
    public void Clip_too_short_for_a_latent_audio_frame_has_no_audio()
    {
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x", NumFrames = 1, Fps = 60 });
        Assert.Empty(plan.Stages.OfType<DecodeAudioStage>());
    }

    [Fact]
    public void One_stage_pipeline_denoises_at_full_size_with_both_prompts()
    {
        var settings =
            new RenderSettings
            {
                Prompt = "x",
                NegativePrompt = "y",
                Pipeline = PipelineKind.OneStage,
                Width = 200,
                Height = 120,
                NumFrames = 17,
                Images = [new(Image)]
            };
        var plan = StagePlanner.Plan(settings);
        Assert.Equal(
            ["encode-prompt", "encode-prompt-negative", "encode-conditioning", "denoise-1", "decode-audio", "decode-video-0", "mux"],
            plan.Stages.Select(stage => stage.Id));
        var denoise = plan.Stages.OfType<DenoiseStage>().Single();
        Assert.Equal((224, 128, 40, 4), (denoise.Width, denoise.Height, denoise.Steps, denoise.EvaluationsPerStep));
        Assert.Equal(plan.Stages.OfType<EncodePromptStage>().Select(encode => encode.Context), [denoise.Context, denoise.NegativeContext!]);
        Assert.Equal(denoise.Latent, plan.Stages.OfType<DecodeVideoStage>().Single().Latents.Single().Latent);
        Assert.Equal(denoise.AudioLatent, plan.Stages.OfType<DecodeAudioStage>().Single().Latents.Single().Latent);
    }

    [Fact]
    public void Images_keep_their_frames_and_audio_is_denoised_with_the_video()
    {
        int[] frames = [0, 1, 4, 5, 8, 32];
        var settings = new RenderSettings { Prompt = "x", Images = [.. frames.Select(frame => new ImageConditioning(Image, frame))] };
        Assert.All(StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>(), denoise =>
        {
            Assert.Equal(frames, denoise.Items.Select(item => item.Frame));
            Assert.NotNull(denoise.AudioLatent);
        });
    }

    [Theory]
    [InlineData(null, NegativePrompts.Official)]
    [InlineData("", "")]
    [InlineData("blurry", "blurry")]
    public void Official_negative_prompt_is_encoded_unless_another_is_given(string? given, string expected)
    {
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x", Pipeline = PipelineKind.OneStage, NegativePrompt = given });
        Assert.Equal(["x", expected], plan.Stages.OfType<EncodePromptStage>().Select(encode => encode.Prompt));
    }

    [Fact]
    public void Negative_prompt_is_encoded_only_when_an_evaluation_uses_it()
    {
        var unguided = GuidedSampling.Of(steps: 20, cfg: 1, audioCfg: 1, stg: 0, modality: 1, rescale: 0);
        var plan = StagePlanner.Plan(new RenderSettings { Prompt = "x", Pipeline = PipelineKind.OneStage, Guided = unguided });
        var denoise = plan.Stages.OfType<DenoiseStage>().Single();
        Assert.Single(plan.Stages.OfType<EncodePromptStage>());
        Assert.Equal((1, null), (denoise.EvaluationsPerStep, denoise.NegativeContext));

        var ofSound =
            StagePlanner.Plan(
                new RenderSettings
                {
                    Prompt = "x",
                    Pipeline = PipelineKind.OneStage,
                    Guided = unguided with { Audio = new GuidanceSettings { CfgScale = 7 } }
                });
        Assert.Equal(2, ofSound.Stages.OfType<DenoiseStage>().Single().EvaluationsPerStep);
        var silent =
            StagePlanner.Plan(
                new RenderSettings
                {
                    Prompt = "x",
                    Pipeline = PipelineKind.OneStage,
                    Audio = false,
                    Guided = unguided with { Audio = new GuidanceSettings { CfgScale = 7 } }
                });
        Assert.Equal(1, silent.Stages.OfType<DenoiseStage>().Single().EvaluationsPerStep);
        var official = StagePlanner.Plan(new RenderSettings { Prompt = "x", Pipeline = PipelineKind.OneStage, Audio = false });
        Assert.Equal(3, official.Stages.OfType<DenoiseStage>().Single().EvaluationsPerStep); // no isolated modality without audio
    }

    [Theory]
    [InlineData(PipelineKind.Distilled)]
    [InlineData(PipelineKind.OneStage)]
    public void Enhanced_prompt_replaces_only_the_input_of_the_encoder(PipelineKind pipeline)
    {
        var settings = new RenderSettings { Prompt = "x", NegativePrompt = "y", Pipeline = pipeline, Seed = 7, Images = [new(Image)] };
        var plain = StagePlanner.Plan(settings).Stages;
        var stages = StagePlanner.Plan(settings with { Enhancement = new PromptEnhancement { MaxTokens = 99 } }).Stages;
        var enhance = Assert.IsType<EnhancePromptStage>(stages[0]);
        Assert.Equal(("x", true, 99, 0.7, 7L), (enhance.Prompt, enhance.HasImages, enhance.MaxTokens, enhance.Temperature, enhance.Seed));
        var encode = Assert.IsType<EncodePromptStage>(stages[1]);
        Assert.Equal((null, enhance.EnhancedPrompt), (encode.Prompt, encode.EnhancedPrompt));
        Assert.Equal([enhance.EnhancedPrompt], encode.Inputs);

        // No noise moves: all other stages are the same, except that the clip's manifest records the enhancement.
        Assert.Equal(plain.Skip(1).SkipLast(1).Select(StageJson.Serialize), stages.Skip(2).SkipLast(1).Select(StageJson.Serialize));
    }

    [Fact]
    public void Enhancement_without_randomness_is_shared_by_clips_with_different_seeds()
    {
        var settings = new RenderSettings { Prompt = "x", Enhancement = new PromptEnhancement { Temperature = 0 } };
        Assert.Equal(Key(settings), Key(settings with { Seed = 8 }));
        var random = settings with { Enhancement = new PromptEnhancement() };
        Assert.NotEqual(Key(random), Key(random with { Seed = 8 }));

        static string Key(RenderSettings settings) => DerivationKeys.Of(StagePlanner.Plan(settings))[EncodePromptStage.KindId];
    }

    [Fact]
    public void Settings_have_a_text_representation() =>
        Assert.Contains("fox", new RenderSettings { Prompt = "fox" }.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Sizes_between_multiples_of_64_are_rendered_larger_and_cropped_to_the_centre()
    {
        Assert.Equal(new RenderSize(256, 128, 28, 4), RenderSize.For(new RenderSettings { Prompt = "x", Width = 200, Height = 120 }));
        Assert.Equal(new RenderSize(64, 4096, 0, 0), RenderSize.For(new RenderSettings { Prompt = "x", Width = 64, Height = 4096 }));
    }

    [Fact]
    public void Stages_round_trip_through_json_without_type_names()
    {
        var distilled =
            new RenderSettings { Prompt = "a \"b\"", Enhancement = new PromptEnhancement(), NumFrames = 97, Images = [new(Image)] };
        foreach (
            var stage in StagePlanner.Plan(distilled).Stages.Concat(
                StagePlanner.Plan(distilled with { Pipeline = PipelineKind.OneStage }).Stages))
        {
            var json = StageJson.Serialize(stage);
            Assert.DoesNotContain("MlxVideo", json, StringComparison.Ordinal);
            var back = StageJson.Deserialize(json);
            Assert.Equal(json, StageJson.Serialize(back));
            Assert.Equal(stage.GetType(), back!.GetType());
        }
    }
}
