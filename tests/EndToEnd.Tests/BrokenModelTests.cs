using System.Text.Json;
using MlxVideo.Cli;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Tests;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Unusable models and unwritable locations are reported in one clear sentence.</summary>
public sealed class BrokenModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BrokenModelTests() => TinyModel.Write(Model);

    private string Model => _folder["model"];

    private string Checkpoint => Path.Combine(Model, "model.safetensors");

    [Fact]
    public async Task Missing_folder_is_named()
    {
        (await GenerateAsync(_folder["nothing"])).AssertFailed(ExitCodes.BadInput, _folder["nothing"], "model tiny");
        (await DemoAsync(_folder["nothing"])).AssertFailed(ExitCodes.BadInput, _folder["nothing"], "model tiny");
    }

    [Fact]
    public async Task Truncated_file_is_named()
    {
        using (var file = File.OpenWrite(Checkpoint))
            file.SetLength(file.Length / 2);
        (await GenerateAsync(Model)).AssertFailed(ExitCodes.BadInput, Checkpoint, "safetensors");
        (await DemoAsync(Model)).AssertFailed(ExitCodes.BadInput, Checkpoint, "safetensors");
    }

    [Fact]
    public async Task Missing_key_is_named()
    {
        const string key = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
        Rewrite(tensors => tensors.Where(tensor => tensor.Name != key));
        (await GenerateAsync(Model)).AssertFailed(ExitCodes.BadInput, Checkpoint, key, "missing");
        (await DemoAsync(Model)).AssertFailed(ExitCodes.Failed, "worker-1 ended with exit code 2: ", Checkpoint, key);
    }

    [Fact]
    public async Task Unexpected_key_is_named()
    {
        const string key = "model.diffusion_model.transformer_blocks.0.attn1.to_nowhere.weight";
        Rewrite(tensors => tensors.Append(TensorToWrite.Of<float>(key, TensorDtype.F32, [1], new float[1])));
        (await GenerateAsync(Model)).AssertFailed(ExitCodes.BadInput, Checkpoint, key);
        (await DemoAsync(Model)).AssertFailed(ExitCodes.Failed, "worker-1 ended with exit code 2: ", Checkpoint, key);
    }

    [Fact]
    public async Task NaN_weights_fail_the_row_with_a_message_and_produce_no_clip()
    {
        Damage("model.diffusion_model.transformer_blocks.0.attn1.to_v.weight", 0xFF);
        (await GenerateAsync(Model)).AssertFailed(ExitCodes.BadInput, "Stage denoise-1 computed values that are not finite numbers");
        Assert.False(File.Exists(_folder["clip.mp4"]));
        await AssertRowFailsAsync("Stage denoise-1 computed values that are not finite numbers");
    }

    [Fact]
    public async Task All_zero_weights_are_reported_as_damaged()
    {
        const string key = "vae.decoder.conv_in.conv.weight";
        Damage(key, 0);
        (await GenerateAsync(Model)).AssertFailed(ExitCodes.BadInput, Checkpoint, key, "Download");
        Assert.False(File.Exists(_folder["clip.mp4"]));
        await AssertRowFailsAsync(key);
    }

    [Fact]
    public async Task Unwritable_output_folder_is_named()
    {
        var file = _folder.Write("file", "");
        var folder = Path.Combine(file, "output");
        (await GenerateAsync(Model, Path.Combine(folder, "clip.mp4"))).AssertFailed(ExitCodes.Failed, folder);
        (await DemoAsync(Model, folder)).AssertFailed(ExitCodes.Failed, folder, "can't be written");
    }

    [Fact]
    public async Task Full_disk_is_reported_before_anything_starts()
    {
        // Simulates a full disk: no file can grow beyond a few blocks.
        var csv = _folder.Write("one.csv", "prompt,width,height,num_frames\na cat,64,64,9\n");
        var full = await CliProcess.RunAfterAsync(
            "trap '' XFSZ; ulimit -f 16",
            new Dictionary<string, string?> { ["DOTNET_EnableWriteXorExecute"] = "0", ["DOTNET_EnableDiagnostics"] = "0" },
            "demo", "--csv", csv, "--output", _folder["output"], "--model", Model);
        full.AssertFailed(ExitCodes.Failed, _folder["output"], "can't be written", "free some space");
    }

    [Fact]
    public async Task Missing_ffmpeg_is_reported()
    {
        var environment = new Dictionary<string, string?> { ["PATH"] = _folder.Path };
        var generate =
            await CliProcess.RunAsync(environment, "generate", "--prompt", "a cat", "--width", "64", "--height", "64", "--num-frames", "9",
                "--output", _folder["clip.mp4"], "--model", Model);
        generate.AssertFailed(ExitCodes.Failed, "ffmpeg is not on the PATH");
        (await CliProcess.RunAsync(environment, "demo", "--output", _folder["output"], "--model", Model))
            .AssertFailed(ExitCodes.Failed, "ffmpeg is not on the PATH");
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliResult> GenerateAsync(string model, string? output = null) => CliProcess.RunAsync(
        "generate", "--prompt", "a cat", "--width", "64", "--height", "64", "--num-frames", "9", "--output", output ?? _folder["clip.mp4"],
        "--model", model);

    private Task<CliResult> DemoAsync(string model, string? output = null)
    {
        var csv = _folder.Write("one.csv", "prompt,width,height,num_frames\na cat,64,64,9\n");
        return CliProcess.RunAsync("demo", "--csv", csv, "--output", output ?? _folder["output"], "--model", model, "--workers", "1");
    }

    private async Task AssertRowFailsAsync(string words)
    {
        (await DemoAsync(Model)).AssertFailed(ExitCodes.Failed);
        var report = JsonDocument.Parse(File.ReadAllText(_folder["output/report.json"])).RootElement;
        Assert.Equal(0, report.GetProperty("clips").GetArrayLength());
        Assert.Contains(words, Assert.Single(report.GetProperty("failed").EnumerateArray()).GetProperty("error").GetString());
        Assert.Equal(["report.json"], Directory.EnumerateFileSystemEntries(_folder["output"]).Select(Path.GetFileName));
    }

    private void Damage(string key, byte value) => Rewrite(tensors => tensors.Select(tensor => tensor.Name != key
        ? tensor
        : new TensorToWrite(tensor.Name, tensor.Dtype, tensor.Shape, stream =>
            stream.Write(
                Enumerable.Repeat(value, (int)tensor.Shape.Aggregate(1L, (a, b) => a * b) * tensor.Dtype.ElementSize()).ToArray()))));

    private void Rewrite(Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>> change)
    {
        var damaged = Checkpoint + ".damaged";
        using (var file = SafetensorsFile.Open(Checkpoint))
        {
            var tensors = file.Header.Tensors.Values.Select(entry => new TensorToWrite(entry.Name, entry.Dtype, entry.Shape, stream =>
            {
                var bytes = new byte[entry.Length];
                file.CopyTo(entry, 0, bytes);
                stream.Write(bytes);
            }));
            SafetensorsWriter.Write(damaged, change(tensors), file.Header.Metadata);
        }

        File.Move(damaged, Checkpoint, overwrite: true);
    }
}
