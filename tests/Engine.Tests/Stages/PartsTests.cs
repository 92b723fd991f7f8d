using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Tensors;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Clips that are rendered in parts, each of which continues the previous one.</summary>
public sealed class PartsTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    /// <summary>Three parts of 4 latent frames, of which 2 are kept: 8 latent frames.</summary>
    private static readonly RenderSettings Clip = new()
    {
        Prompt = "A red fox runs through fresh snow.",
        Width = 64,
        Height = 64,
        NumFrames = 57,
        PartFrames = 25,
        OverlapFrames = 9,
        Seed = 7,
        Guided = GuidedSampling.Official with { Steps = 2 },
    };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(PipelineKind.Distilled)]
    [InlineData(PipelineKind.OneStage)]
    [InlineData(PipelineKind.TwoStageHq)]
    public void Kept_frames_are_those_of_the_previous_part_and_the_others_are_new(PipelineKind pipeline)
    {
        using var runner = new StageRunner(tiny.Model);
        using var scope = NewDisposeScope();
        var settings = Clip with { Pipeline = pipeline };
        var files = ClipStages.Run(runner, settings, _folder.File("stages"));
        foreach (var part in Denoises(settings).Where(stage => stage.Continued is not null))
        {
            var latent = Read(files[part.Latent], "video");
            Assert.Equal([1, latent.shape[1], 4, part.Height / 32, part.Width / 32], latent.shape);
            AssertContinues(latent, part.Continued!, Read(files[part.Continued!.Latent], "video"));
            var audio = Read(files[part.AudioLatent!], "audio");
            Assert.Equal(part.AudioTokens, audio.shape[2]);
            AssertContinues(audio, part.ContinuedAudio!, Read(files[part.ContinuedAudio!.Latent], "audio"));
        }
    }

    [Fact]
    public void First_part_is_the_clip_of_its_length()
    {
        using var runner = new StageRunner(tiny.Model);
        var parts = ClipStages.Run(runner, Clip, _folder.File("parts"));
        var whole = ClipStages.Run(runner, Clip with { NumFrames = 25, PartFrames = null }, _folder.File("whole"));
        foreach (var artefact in new[] { "pass1.latent", "pass2.latent", "pass2.audio" })
            Assert.Equal(File.ReadAllBytes(whole[artefact]), File.ReadAllBytes(parts[artefact]));
    }

    [Fact]
    public void Tile_across_parts_is_decoded_from_their_joined_latents()
    {
        using var runner = new StageRunner(tiny.Model);
        using var scope = NewDisposeScope();
        var files = ClipStages.Run(runner, Clip, _folder.File("parts"));
        var decode = Assert.Single(StagePlanner.Plan(Clip).Stages.OfType<DecodeVideoStage>());
        Assert.Equal([4, 2, 2], decode.Latents.Select(range => range.Frames));
        var joined =
            cat(decode.Latents.Select(range => Read(files[range.Latent], "video").narrow(2, range.Start, range.Frames)).ToArray(), 2);
        var whole = new Dictionary<string, string> { ["joined"] = _folder.File("joined"), ["frames"] = _folder.File("frames") };
        SafetensorsWriter.Write(whole["joined"], [SafetensorsTensors.ToWrite("video", joined.contiguous())]);
        runner.Run(
            decode with { Latents = [new LatentRange("joined", 0, 8)], Frames = "frames" }, whole, whole, progress: null,
            CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(whole["frames"]), File.ReadAllBytes(files[decode.Frames]));
    }

    [Fact]
    public void Every_part_has_noise_of_its_own()
    {
        using var runner = new StageRunner(tiny.Model);
        using var scope = NewDisposeScope();
        var files = ClipStages.Run(runner, Clip, _folder.File("parts"));
        var parts = Denoises(Clip).Where(stage => stage.PassIndex == 2).Select(stage => Read(files[stage.Latent], "video")).ToList();
        var (second, third) = (parts[1].narrow(2, 2, 2), parts[2].narrow(2, 2, 2));
        Assert.InRange((second - third).abs().mean().item<float>(), 0.1f, 100);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(33)]
    [InlineData(57)]
    public async Task Clip_has_its_length_whatever_the_number_of_parts(int partFrames)
    {
        var tools = FfmpegTools.Find();
        using var runner = new StageRunner(tiny.Model);
        var plan = StagePlanner.Plan(Clip with { PartFrames = partFrames, Tiling = TilingMode.Aggressive, Fps = 30 });
        var output = _folder.File("clips", "fox.mp4");
        new LocalRenderer(runner).Render(
            plan, blob => throw new InvalidOperationException($"No file {blob}."), output, null, CancellationToken.None);
        var info = await VideoProbe.ReadAsync(tools, output, CancellationToken.None);
        Assert.Equal((64, 64, 57, 30.0), (info.Width, info.Height, info.Frames, info.Rate.Fps));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Asserts that a latent starts with a range of another, bit by bit, and goes on differently from its end.</summary>
    private static void AssertContinues(Tensor latent, LatentRange kept, Tensor previous)
    {
        Assert.True(kept.Frames > 0 && kept.Start + kept.Frames == previous.shape[2]);
        var same = latent.narrow(2, 0, kept.Frames).contiguous();
        Assert.True(same.bytes.SequenceEqual(previous.narrow(2, kept.Start, kept.Frames).contiguous().bytes));
        var (next, last) = (latent.narrow(2, kept.Frames, 1), latent.narrow(2, kept.Frames - 1, 1));
        Assert.InRange((next - last).abs().mean().item<float>(), 0.01f, 100);
    }

    private static Tensor Read(string path, string name)
    {
        using var file = SafetensorsFile.Open(path);
        return file.ReadTensor(name);
    }

    private static List<DenoiseStage> Denoises(RenderSettings settings) =>
        StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>().ToList();
}
