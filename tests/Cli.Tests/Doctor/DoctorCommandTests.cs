using System.Text.Json;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests.Doctor;

/// <summary>The doctor as called by users and scripts, with faults injected into the self-test.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private const string Fault = "MLXVIDEO_SELFTEST_BREAK";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Report_of_a_usable_machine_covers_machine_device_tools_and_model()
    {
        var model = _folder["model"];
        (await CliProcess.RunAsync("model", "tiny", "--output", model)).AssertDone();
        var run = await RunAsync(null, "--device", "cpu", "--dtype", "bfloat16", "--kernels", "metal-safe", "--model", model, "--data",
            _folder["data"], "--json");

        run.AssertDone();
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.True(report.GetProperty("usable").GetBoolean());
        Assert.All(["system", "build", "chip"], name => Assert.NotEqual("", Text(report.GetProperty("machine"), name)));
        Assert.True(report.GetProperty("machine").GetProperty("memory_bytes").GetInt64() > 0);
        Assert.Equal("cpu bfloat16 metal-safe", string.Join(
            ' ', new[] { "device", "dtype", "kernels" }.Select(name => Text(report.GetProperty("settings"), name))));
        Assert.StartsWith("2.", Text(report, "libtorch"), StringComparison.Ordinal);
        var checks = report.GetProperty("checks").EnumerateArray().ToDictionary(check => Text(check, "check"), check => check);
        string[] names =
            ["system", "chip", "memory", "cache disk", "data disk", "ffmpeg", "device", "self-test", "model files", "model memory"];
        Assert.Equal(names, checks.Keys);
        Assert.Contains("LTX-2 2.0.0", Text(checks["model files"], "finding"));
        Assert.All(report.GetProperty("self_test").EnumerateArray(), operation =>
        {
            Assert.True(operation.GetProperty("passed").GetBoolean());
            Assert.True(operation.GetProperty("error").GetDouble() <= operation.GetProperty("tolerance").GetDouble());
            Assert.True(operation.GetProperty("seconds").GetDouble() >= 0);
        });
        Assert.Single(Directory.GetFiles(_folder["cache/mlx-video/self-test"]));
    }

    [Fact]
    public async Task Wrong_operation_is_named_in_the_table_with_a_remedy_and_exit_code_1()
    {
        var run = await RunAsync("rms-norm", "--device", "cpu", "--dtype", "bfloat16");

        run.AssertFailed(ExitCodes.Failed);
        Assert.Contains("The device 'cpu' computes 'rms-norm' incorrectly (error 1.", run.Output);
        Assert.Contains("self-test: Render with --device cpu --dtype float32", run.Output);
        Assert.Contains("This machine can't render as requested.", run.Output);
        Assert.Matches("embedding .* exact .* passed", run.Output);
        Assert.Matches("rms-norm .* 1.\\de\\+0 .* failed", run.Output);
        Assert.False(Directory.Exists(_folder["cache/mlx-video/self-test"]));
    }

    [Fact]
    public async Task Crash_of_the_native_library_is_a_failed_check()
    {
        var run = await RunAsync("index-select-int32:crash", "--device", "cpu", "--json");

        run.AssertFailed(ExitCodes.Failed);
        var check = Checks(run)["self-test"];
        Assert.Equal("failed", Text(check, "outcome"));
        Assert.StartsWith("The self-test crashed in 'index-select-int32' (exit code 134", Text(check, "finding"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_device_ffmpeg_and_model_are_reported_together()
    {
        if (OperatingSystem.IsMacOS())
            return; // has the device
        var empty = Directory.CreateDirectory(_folder["empty"]).FullName;
        var run = await CliProcess.RunAsync(
            new Dictionary<string, string?> { ["PATH"] = empty, ["XDG_CACHE_HOME"] = _folder["cache"] },
            "doctor", "--device", "mps", "--model", empty, "--json");

        run.AssertFailed(ExitCodes.Failed);
        var checks = Checks(run);
        Assert.Contains("ffmpeg is not on the PATH", Text(checks["ffmpeg"], "finding"));
        Assert.Contains("./mlx-video setup", Text(checks["ffmpeg"], "remedy"));
        Assert.Contains("no mps device", Text(checks["device"], "finding"));
        Assert.Contains("--device", Text(checks["device"], "remedy"));
        Assert.Equal("warning", Text(checks["model files"], "outcome"));
        Assert.DoesNotContain("self-test", checks.Keys);
    }

    [Fact]
    public async Task Incomplete_model_is_a_failed_check()
    {
        var model = _folder["model"];
        (await CliProcess.RunAsync("model", "tiny", "--output", model)).AssertDone();
        File.Delete(Path.Combine(model, "gemma", "tokenizer.model"));
        var run = await RunAsync("index-select-int32:crash", "--device", "cpu", "--model", model, "--json");

        var check = Checks(run)["model files"];
        Assert.Equal("failed", Text(check, "outcome"));
        Assert.Contains("has no tokenizer.model", Text(check, "finding"));
    }

    [Theory]
    [InlineData(null, "tpu", "--device", "tpu")]
    [InlineData(null, "float16", "--dtype", "float16")]
    [InlineData("rms-norm:slow", "wrong, nan, crash, hang")]
    [InlineData("no-such-operation", "linear-188160")]
    public async Task Invalid_arguments_exit_with_code_2(string? fault, string words, params string[] arguments) =>
        (await RunAsync(fault, arguments)).AssertFailed(ExitCodes.BadInput, words);

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, JsonElement> Checks(CliResult run) =>
        JsonDocument.Parse(run.Output).RootElement.GetProperty("checks").EnumerateArray()
            .ToDictionary(check => Text(check, "check"), check => check);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private Task<CliResult> RunAsync(string? fault, params string[] arguments) => CliProcess.RunAsync(
        new Dictionary<string, string?> { [Fault] = fault, ["XDG_CACHE_HOME"] = _folder["cache"] }, ["doctor", .. arguments]);
}
