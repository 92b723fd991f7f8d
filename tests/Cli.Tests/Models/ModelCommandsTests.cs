using System.Text.Json;
using MlxVideo.Hub.Tests;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests.Models;

public sealed class ModelCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Downloaded_model_is_listed_with_the_digest_of_its_files_and_intact()
    {
        await using var hub = await FakeHub.StartAsync();
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", _folder["tiny"]]));
        foreach (var file in Directory.EnumerateFiles(_folder["tiny"], "*", SearchOption.AllDirectories))
            hub.Files[Path.GetRelativePath(_folder["tiny"], file)] = File.ReadAllBytes(file);
        var environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = hub.Address,
            ["HF_HUB_CACHE"] = _folder["hub"],
            ["HF_TOKEN"] = null,
            ["XDG_CACHE_HOME"] = _folder["caches"],
        };
        (await CliProcess.RunAsync(environment, "model", "inspect", "org/model")).AssertFailed(
            ExitCodes.BadInput, "org/model is not in the Hugging Face cache", "run 'mlx-video model download org/model'");

        var plan = await CliProcess.RunAsync(environment, "model", "download", "org/model", "--plan");
        plan.AssertDone();
        Assert.Contains("model.safetensors", plan.Output);
        Assert.Contains("Licence: some-licence; read it at", plan.Output);
        Assert.False(Directory.Exists(_folder["hub"]));

        var download = await CliProcess.RunAsync(environment, "model", "download", "org/model");
        download.AssertDone();
        Assert.Equal(
            Path.Combine(_folder["hub"], "models--org--model", "snapshots", FakeHub.Commit), download.Output.TrimEnd().Split('\n')[^1]);

        using var list = JsonDocument.Parse((await CliProcess.RunAsync(environment, "model", "list", _folder["tiny"], "--json")).Output);
        var models = list.RootElement.EnumerateArray().ToList();
        Assert.Equal(["org/model", _folder["tiny"]], models.Select(model => model.GetProperty("name").GetString()));
        Assert.Single(models.Select(model => model.GetProperty("digest").GetString()).Distinct());

        using var report = JsonDocument.Parse((await CliProcess.RunAsync(environment, "model", "inspect", "org/model", "--json")).Output);
        Assert.Equal(models[0].GetProperty("digest").GetString(), report.RootElement.GetProperty("digest").GetString());

        var intact = await CliProcess.RunAsync(environment, "model", "verify", "org/model");
        intact.AssertDone();
        Assert.Contains("5 of 5 files were compared with hashes of the hub", intact.Output);
        Damage(new FileInfo(Path.Combine(download.Output.TrimEnd().Split('\n')[^1], "model.safetensors")).ResolveLinkTarget(true)!);
        (await CliProcess.RunAsync(environment, "model", "verify", "org/model")).AssertFailed(
            ExitCodes.Failed, "model.safetensors does not have the hash that the hub states");
    }

    [Fact]
    public async Task Converted_model_is_described_and_reported_by_layer()
    {
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", _folder["tiny"]]));
        Assert.Equal(0, await CommandLine.RunAsync(
        [
            "model", "convert", _folder["tiny"], "--output", _folder["packed"], "--quantize", "4:32", "--quantize-scope", "all",
            "--per-component", "--report-layers",
        ]));
        using var report = JsonDocument.Parse(File.ReadAllText(_folder["packed/layer_report.json"]));
        Assert.Contains(report.RootElement.EnumerateArray(), layer => layer.GetProperty("format").GetString() == "4 bits in groups of 32");
        Assert.True(File.Exists(_folder["packed/transformer.safetensors"]));
        Assert.Equal(0, await CommandLine.RunAsync(["model", "inspect", _folder["packed"]]));
        Assert.Equal(0, await CommandLine.RunAsync(["model", "verify", _folder["packed"]]));
    }

    [Theory]
    [InlineData("model", "download", "nonsense")]
    [InlineData("model", "download", "org/model", "--variant", "full")]
    [InlineData("model", "convert", "/", "--output", "/tmp/never", "--quantize", "7")]
    [InlineData("model", "convert", "/", "--output", "/tmp/never", "--lora", "/missing.safetensors")]
    [InlineData("model", "convert", "/", "--output", "/tmp/never", "--dtype", "int8")]
    [InlineData("model", "list", "/missing")]
    [InlineData("model", "inspect", "/missing/folder")]
    public async Task Invalid_arguments_are_bad_input(params string[] arguments) =>
        Assert.Equal(ExitCodes.BadInput, await CommandLine.RunAsync(arguments));

    public void Dispose() => _folder.Dispose();

    private static void Damage(FileSystemInfo file)
    {
        var bytes = File.ReadAllBytes(file.FullName);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file.FullName, bytes);
    }
}
