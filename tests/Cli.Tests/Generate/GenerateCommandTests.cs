using System.Runtime.InteropServices;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>Commands as typed by users, run in the test process.</summary>
public sealed class GenerateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-").FullName;

    [Fact]
    public async Task Tiny_model_renders_the_same_clip_twice()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model, "--seed", "3"]));
        Assert.Equal(0, await GenerateAsync(model, "a.mp4"));
        Assert.Equal(0, await GenerateAsync(model, "b.mp4"));
        var tools = FfmpegTools.Find();
        var info = await VideoProbe.ReadAsync(tools, Path.Combine(_folder, "a.mp4"), CancellationToken.None);
        Assert.Equal((96, 64, 9), (info.Width, info.Height, info.Frames));
        Assert.Equal(await FramesAsync("a.mp4"), await FramesAsync("b.mp4"));

        Task<string> FramesAsync(string name) => FrameHash.Md5Async(tools, Path.Combine(_folder, name), CancellationToken.None);
    }

    [Fact]
    public async Task Adapter_and_quantization_change_the_clip_but_strength_0_does_not()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model, "--seed", "3"]));
        var adapter = Path.Combine(_folder, "style.safetensors");
        WriteAdapter(adapter, "transformer_blocks.0.attn1.to_v", columns: 64, rows: 64);
        Assert.Equal(0, await GenerateAsync(model, "plain.mp4"));
        Assert.Equal(0, await GenerateAsync(model, "off.mp4", "--lora", adapter, "0"));
        Assert.Equal(0, await GenerateAsync(model, "twice.mp4", "--lora", adapter, "--lora", adapter, "-0.5"));
        Assert.Equal(0, await GenerateAsync(model, "half.mp4", "--lora", adapter, "0.5"));
        Assert.Equal(0, await GenerateAsync(model, "packed.mp4", "--quantize", "4:32"));
        Assert.Equal(await FramesAsync("plain.mp4"), await FramesAsync("off.mp4"));
        Assert.NotEqual(await FramesAsync("plain.mp4"), await FramesAsync("half.mp4"));
        Assert.Equal(await FramesAsync("half.mp4"), await FramesAsync("twice.mp4"));
        Assert.NotEqual(await FramesAsync("plain.mp4"), await FramesAsync("packed.mp4"));

        Task<string> FramesAsync(string name) =>
            FrameHash.Md5Async(FfmpegTools.Find(), Path.Combine(_folder, name), CancellationToken.None);
    }

    [Fact]
    public async Task Guided_clip_has_the_official_number_of_steps_of_the_models_version_unless_given()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model]));
        WriteVersion(Path.Combine(model, "model.safetensors"), "2.3.0");
        Assert.Equal(0, await GenerateAsync(model, "official.mp4", "--pipeline", "one-stage"));
        Assert.Equal(0, await GenerateAsync(model, "given.mp4", "--pipeline", "one-stage", "--steps", "2"));
        Assert.Equal((30, 2), (await StepsAsync("official.mp4"), await StepsAsync("given.mp4")));

        async Task<int> StepsAsync(string name) =>
            (await ManifestFile.ReadAsync(FfmpegTools.Find(), Path.Combine(_folder, name), CancellationToken.None)).Settings.Guided.Steps;
    }

    [Fact]
    public async Task Adapters_are_described_and_the_enhanced_prompt_is_shown()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model]));
        var adapter = Path.Combine(_folder, "style.safetensors");
        WriteAdapter(adapter, "transformer_blocks.0.attn1.to_v", columns: 64, rows: 64);
        var run = await CliProcess.RunAsync(
            "generate", "--prompt", "a fox", "--enhance-prompt", "--max-tokens", "4", "--lora", adapter, "0.8", "--debug", "--width", "64",
            "--height", "64", "--num-frames", "9", "--no-audio", "--model", model, "--auto-output-name", "--output", _folder);
        run.AssertDone();
        Assert.Contains("style.safetensors: 1 layer, rank 1, strength 0.8\n", run.Error);
        Assert.Contains("Enhanced prompt (cut off after 4 tokens; raise the maximum for a complete text): ", run.Error);
        var manifest =
            await ManifestFile.ReadAsync(FfmpegTools.Find(), Path.Combine(_folder, "a-fox.mp4"), CancellationToken.None);
        Assert.Equal("a fox", manifest.Settings.Prompt);
        Assert.Contains(manifest.EnhancedPrompt!, run.Error);
    }

    [Fact]
    public async Task Prompt_over_the_limit_is_truncated_with_a_notice()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model]));
        var prompt = string.Concat(Enumerable.Repeat("snow ", 1500));
        var cut =
            await CliProcess.RunAsync(
                "generate", "--prompt", prompt, "--width", "64", "--height", "64", "--num-frames", "9", "--model", model,
                "--output", Path.Combine(_folder, "long.mp4"));
        cut.AssertDone();
        Assert.Contains("tokens, but the model accepts only 1024: the last ", cut.Error);
        Assert.Contains("are dropped", cut.Error);
        var whole =
            await CliProcess.RunAsync(
                "generate", "--prompt", "snow", "--width", "64", "--height", "64", "--num-frames", "9", "--model", model,
                "--output", Path.Combine(_folder, "short.mp4"));
        whole.AssertDone();
        Assert.DoesNotContain("tokens", whole.Error);
    }

    [Fact]
    public async Task Negative_prompt_and_scales_change_a_guided_clip()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model, "--seed", "3"]));
        Assert.Equal(0, await GenerateAsync(model, "plain.mp4", "--pipeline", "dev", "--steps", "2"));
        Assert.Equal(0, await GenerateAsync(model, "away.mp4", "--pipeline", "one-stage", "--steps", "2", "--negative-prompt", "blurry"));
        Assert.Equal(
            0, await GenerateAsync(
                model, "off.mp4", "--pipeline", "one-stage", "--steps", "2", "--cfg-scale", "1", "--audio-cfg-scale", "1"));
        Assert.Equal(2, await GenerateAsync(model, "none.mp4", "--pipeline", "magic"));
        Assert.Equal(2, await GenerateAsync(model, "none.mp4", "--pipeline", "dev", "--steps", "0"));
        Assert.Equal(
            3, new[] { await FramesAsync("plain.mp4"), await FramesAsync("away.mp4"), await FramesAsync("off.mp4") }.Distinct().Count());

        Task<string> FramesAsync(string name) =>
            FrameHash.Md5Async(FfmpegTools.Find(), Path.Combine(_folder, name), CancellationToken.None);
    }

    [Fact]
    public async Task Adapter_for_another_model_exits_with_code_2_and_writes_nothing()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model]));
        var adapter = Path.Combine(_folder, "style.safetensors");
        WriteAdapter(adapter, "transformer_blocks.40.attn1.to_v", columns: 64, rows: 64);
        Assert.Equal(2, await GenerateAsync(model, "clip.mp4", "--lora", adapter));
        Assert.Equal(2, await GenerateAsync(model, "clip.mp4", "--lora", Path.Combine(_folder, "nowhere.safetensors")));
        Assert.Equal(2, await GenerateAsync(model, "clip.mp4", "--lora", "0.5", adapter));
        Assert.Equal(2, await GenerateAsync(model, "clip.mp4", "--quantize", "7"));
        Assert.False(File.Exists(Path.Combine(_folder, "clip.mp4")));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(3e38f)] // finite, but overflows in the computation
    public async Task Damaged_adapter_exits_with_code_2_and_writes_nothing(float damage)
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", model]));
        var adapter = Path.Combine(_folder, "style.safetensors");
        WriteAdapter(adapter, "transformer_blocks.0.attn1.to_v", columns: 64, rows: 64, damage);
        Assert.Equal(2, await GenerateAsync(model, "clip.mp4", "--lora", adapter));
        Assert.Equal(["model", "style.safetensors"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Invalid_arguments_exit_with_code_2_and_write_nothing()
    {
        Assert.Equal(2, await GenerateAsync(_folder, "clip.mp4", "--num-frames", "10", "--strict"));
        Assert.Equal(2, await GenerateAsync(_folder, "clip.mp4", "--image", "12", "a.png"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Clip_that_exceeds_the_memory_is_refused_before_the_first_stage()
    {
        var output = Path.Combine(_folder, "clip.mp4");
        var result = await CliProcess.RunAsync(
            "generate", "--prompt", "fox", "--width", "4096", "--height", "4096", "--num-frames", "10001", "--output", output);
        result.AssertFailed(
            ExitCodes.Failed, "Stage denoise-1 needs ", "but this machine has ", "render a smaller or shorter clip, a long one in parts");
        Assert.Equal("", result.Output);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task Missing_model_exits_with_code_2_and_non_empty_output_folder_with_code_1()
    {
        Assert.Equal(2, await GenerateAsync(Path.Combine(_folder, "nowhere"), "clip.mp4"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "precious"), "");
        Assert.Equal(1, await CommandLine.RunAsync(["model", "tiny", "--output", _folder]));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void WriteVersion(string checkpoint, string version)
    {
        var changed = checkpoint + ".changed";
        using (var file = SafetensorsFile.Open(checkpoint))
        {
            var tensors = file.Header.Tensors.Values.Select(
                entry => TensorToWrite.Of<ushort>(entry.Name, entry.Dtype, entry.Shape, file.ReadArray<ushort>(entry.Name))).ToList();
            SafetensorsWriter.Write(
                changed, tensors, new Dictionary<string, string>(file.Header.Metadata) { [ModelFolder.VersionKey] = version });
        }

        File.Move(changed, checkpoint, overwrite: true);
    }

    private static void WriteAdapter(string path, string layer, long columns, long rows, float damage = 0)
    {
        var down = Enumerable.Range(0, (int)columns).Select(index => (index % 7 - 3) / 4f).ToArray();
        down[^1] += damage;
        var up = Enumerable.Range(0, (int)rows).Select(index => (index % 5 - 2) / 4f).ToArray();
        SafetensorsWriter.Write(path,
        [
            new TensorToWrite($"{layer}.lora_A.weight", TensorDtype.F32, [1, columns], stream =>
                stream.Write(MemoryMarshal.AsBytes<float>(down))),
            new TensorToWrite($"{layer}.lora_B.weight", TensorDtype.F32, [rows, 1], stream =>
                stream.Write(MemoryMarshal.AsBytes<float>(up))),
        ]);
    }

    private Task<int> GenerateAsync(string model, string output, params string[] more) => CommandLine.RunAsync(
        ["generate", "--prompt", "A red fox", "--width", "96", "--height", "64", "--num-frames", "9", "--model", model, "--output",
            Path.Combine(_folder, output), .. more]);
}
