using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Shared.Tests.Stages;

/// <summary>The plans of clips that are rendered in parts.</summary>
public sealed class PartPlansTests
{
    private static readonly BlobRef Blob = new(new string('a', 64), 1);

    /// <summary>Parts of 6 latent frames, of which 3 are kept: 0-5, 3-8, 6-11 and 9-12 of 13 latent frames.</summary>
    private static readonly RenderSettings Clip =
        new() { Prompt = "x", Width = 128, Height = 128, NumFrames = 97, PartFrames = 41, OverlapFrames = 17, Fps = 23.976 };

    public static TheoryData<RenderSettings, string> Plans() => new()
    {
        {
            Clip with { NumFrames = 65 },
            "encode-prompt denoise-1 denoise-1-part-2 upsample upsample-part-2 denoise-2 denoise-2-part-2 decode-audio decode-video-0 mux"
        },
        {
            Clip with { NumFrames = 65, Pipeline = PipelineKind.OneStage, Images = [new(Blob, 50), new(Blob)] },
            "encode-prompt encode-prompt-negative encode-conditioning encode-conditioning-part-2 denoise-1 denoise-1-part-2 decode-audio "
                + "decode-video-0 mux"
        },
        {
            Clip with { NumFrames = 65, Pipeline = PipelineKind.TwoStageHq, Audio = false },
            "encode-prompt encode-prompt-negative denoise-1 denoise-1-part-2 upsample upsample-part-2 denoise-2 denoise-2-part-2 "
                + "decode-video-0 mux"
        },
        { Clip with { NumFrames = 41 }, "encode-prompt denoise-1 upsample denoise-2 decode-audio decode-video-0 mux" },
        {
            Clip with { PartFrames = 65, OverlapFrames = 33 },
            "encode-prompt denoise-1 denoise-1-part-2 upsample upsample-part-2 denoise-2 denoise-2-part-2 decode-audio decode-video-0 "
                + "decode-video-1 mux"
        },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Every_part_has_the_stages_of_its_pipeline(RenderSettings settings, string stages) =>
        PlanAssert.HasStages(settings, stages);

    [Fact]
    public void Part_keeps_the_last_latent_frames_of_the_previous_one_in_each_pass()
    {
        var plan = StagePlanner.Plan(Clip);
        foreach (var pass in new[] { 1, 2 })
        {
            var parts = Denoises(plan, pass);
            Assert.Equal([41, 41, 41, 25], parts.Select(part => part.NumFrames));
            Assert.Null(parts[0].Continued);
            Assert.Equal(
                parts.SkipLast(1).Select(part => new LatentRange(part.Latent, 3, 3)), parts.Skip(1).Select(part => part.Continued!));
        }
    }

    [Theory]
    [InlineData(23.976)]
    [InlineData(24)]
    [InlineData(30)]
    [InlineData(240)]
    public void Audio_of_the_parts_is_that_of_the_clip_at_every_boundary(double fps)
    {
        var settings = Clip with { NumFrames = 2001, OverlapFrames = 9, Fps = fps };
        var plan = StagePlanner.Plan(settings);
        var denoises = Denoises(plan, 2).ToDictionary(part => part.AudioLatent!);
        var ranges = plan.Stages.OfType<DecodeAudioStage>().Single().Latents;
        Assert.Equal(AudioLatentSize.FramesForVideo(2001, fps), ranges.Sum(range => range.Frames));
        Assert.All(ranges, range => Assert.Equal(denoises[range.Latent].AudioTokens, range.Start + range.Frames));
        Assert.All(ranges, range => Assert.Equal(denoises[range.Latent].ContinuedAudio?.Frames ?? 0, range.Start));

        // A range ends at the frame with which its part ends: its length is that of the audio until then.
        var ends = ranges.Select((_, index) => ranges.Take(index + 1).Sum(range => range.Frames)).ToList();
        var frames = ranges.Select(range => LastFrame(plan, range.Latent)).ToList();
        Assert.Equal(frames.Select(count => AudioLatentSize.FramesForVideo(count, fps)), ends);
    }

    [Fact]
    public void Tiles_take_each_latent_frame_from_the_part_that_renders_it_first()
    {
        var plan = StagePlanner.Plan(Clip with { Tiling = TilingMode.Aggressive }); // tiles of 4 latent frames, and one before
        var tiles = plan.Stages.OfType<DecodeVideoStage>().ToList();
        var latents = Denoises(plan, 2).Select(part => part.Latent).ToList();
        var owned = new[] { (0, 0, 6), (1, 6, 9), (2, 9, 12), (3, 12, 13) };
        Assert.All(tiles, tile => Assert.Equal(
            owned.Select(part => (Part: part, Start: Math.Max(part.Item2, tile.Tile.LatentStart)))
                .Where(part => part.Start < Math.Min(part.Part.Item3, tile.Tile.LatentStop))
                .Select(part => new LatentRange(
                    latents[part.Part.Item1], part.Start - (3 * part.Part.Item1),
                    Math.Min(part.Part.Item3, tile.Tile.LatentStop) - part.Start)),
            tile.Latents));
        Assert.Equal([latents[0]], tiles[0].Inputs); // decoded while later parts are denoised
        Assert.Equal(13, tiles[^1].Tile.LatentStop);
    }

    [Fact]
    public void Part_depends_on_the_previous_part_of_the_same_pass()
    {
        var plan = StagePlanner.Plan(Clip);
        var (first, second) = (Denoises(plan, 1), Denoises(plan, 2));
        Assert.Contains(first[0].Latent, first[1].Inputs);
        Assert.Contains(first[0].AudioLatent!, first[1].Inputs);
        Assert.DoesNotContain(second[0].Latent, first[1].Inputs);
        Assert.Contains(second[0].Latent, second[1].Inputs);
        Assert.Equal(first[1].AudioLatent, second[1].InitialAudio);
    }

    [Fact]
    public void Parts_have_different_noise_and_a_longer_clip_has_the_same_first_parts()
    {
        var seeds = Denoises(StagePlanner.Plan(Clip with { Seed = RenderSettingsRules.MaxSeed }), 1).Select(part => part.Seed).ToList();
        Assert.Equal(RenderSettingsRules.MaxSeed, seeds[0]);
        Assert.Equal(4, seeds.Distinct().Count());
        Assert.All(seeds, seed => Assert.Null(RenderSettingsRules.Seed(seed)));

        var (shorter, longer) = (StagePlanner.Plan(Clip with { NumFrames = 89 }), StagePlanner.Plan(Clip));
        Assert.Equal(
            Denoises(shorter, 2).Select(part => DerivationKeys.Of(shorter)[part.Id]),
            Denoises(longer, 2).SkipLast(1).Select(part => DerivationKeys.Of(longer)[part.Id]));
    }

    [Fact]
    public void Image_conditions_the_part_that_renders_its_frame_first()
    {
        int[] frames = [0, 40, 41, 64, 65, 96];
        var plan = StagePlanner.Plan(Clip with { Images = [.. frames.Select(frame => new ImageConditioning(Blob, frame))] });
        var items = Denoises(plan, 2).Select(part => part.Items.Select(item => item.Frame));
        // Parts start at the frames 0, 24, 48 and 72.
        Assert.Equal([[0, 40], [17, 40], [17], [24]], items);
        Assert.All(Denoises(plan, 1), part => Assert.NotNull(part.Conditioning));
        var encodes = plan.Stages.OfType<EncodeConditioningStage>().Select(encode => string.Join(' ', encode.Images));
        Assert.Equal(["image.0 image.1", "image.2 image.3", "image.4", "image.5"], encodes);
    }

    [Fact]
    public void Stage_of_a_part_needs_no_more_memory_than_a_clip_of_its_length()
    {
        var (part, parts) = (Clip with { NumFrames = 41 }, Clip with { NumFrames = 9_977 });
        var work = ClipWork.Of(StagePlanner.Plan(part), part);
        var ofParts = ClipWork.Of(StagePlanner.Plan(parts), parts);
        foreach (var kind in new[] { DenoiseStage.KindId, UpsampleStage.KindId, DecodeVideoStage.KindId })
            Assert.InRange(Largest(ofParts.Values, kind), 1, 2 * Largest(work.Values, kind)); // the decode tiles are 81 frames long

        static double Largest(IEnumerable<StageWork> work, string kind) =>
            work.Where(stage => stage.Kind == kind).Max(stage => stage.ActivationElements);
    }

    [Theory]
    [InlineData(40, 17, PipelineKind.Distilled, "part_frames: 40 frames is not 1 + 8k: use 33 or 41.")]
    [InlineData(9, 9, PipelineKind.Distilled, "part_frames: 9 frames is too few for a part: use 17 or more.")]
    [InlineData(41, 1, PipelineKind.Distilled, "overlap_frames: 1 frames is too few for an overlap: use 9 or more.")]
    [InlineData(41, 18, PipelineKind.Distilled, "overlap_frames: 18 frames is not 1 + 8k: use 17 or 25.")]
    [InlineData(41, 41, PipelineKind.OneStage,
        "overlap_frames: An overlap of 41 frames leaves no new frames in a part of 41: use a smaller one or longer parts.")]
    [InlineData(41, 17, PipelineKind.Extend,
        "part_frames: The pipeline 'extend' can't render a clip in parts: remove the setting or select 'distilled', 'one-stage', "
            + "'two-stage', 'two-stage-hq' or 'keyframes'.")]
    public void Wrong_parts_are_refused(int part, int overlap, PipelineKind pipeline, string error)
    {
        var settings = Clip with { PartFrames = part, OverlapFrames = overlap, Pipeline = pipeline };
        Assert.Contains(error, RenderSettingsRules.Check(settings).Select(found => $"{found.Setting}: {found.Reason}"));
    }

    [Fact]
    public void Conditioning_videos_are_refused_in_a_clip_with_parts()
    {
        var video = new VideoConditioning(new VideoFile(Blob, 128, 128, 9, 24, HasAudio: false), Use: VideoUse.Guide);
        var error = Assert.Single(RenderSettingsRules.Check(Clip with { Videos = [video] }));
        Assert.Equal("A clip that is rendered in parts can't have conditioning videos: remove them or 'part_frames'.", error.Reason);
    }

    /// <summary>Returns the number of the clip's frames until the end of the part with an audio latent.</summary>
    private static int LastFrame(StagePlan plan, string audioLatent)
    {
        var parts = Denoises(plan, 2);
        var index = parts.FindIndex(part => part.AudioLatent == audioLatent);
        return parts[0].NumFrames + parts.Take(index + 1).Skip(1).Sum(part => part.NumFrames - (part.Continued!.Frames * 8) + 7);
    }

    private static List<DenoiseStage> Denoises(StagePlan plan, int pass) =>
        plan.Stages.OfType<DenoiseStage>().Where(stage => stage.PassIndex == pass).ToList();
}
