using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Tests.Diagnostics;

/// <summary>The parent's side of the self-test; scripts take the place of the child.</summary>
public sealed class SelfTestProcessTests
{
    private static readonly SelfTestLine Settings = new(new TestedSettings("mps", "bfloat16", "metal-safe"), "2.10.0.0");
    private static readonly OperationResult Passed = new("index-select-int32", 0, 0, 0.1, null);

    [Fact]
    public async Task Crash_is_reported_with_the_operation_the_exit_code_and_the_first_line_of_errors()
    {
        var report = await RunAsync(
            $"{Echo(Settings)}; {Echo(new(Result: Passed))}; {Echo(new(Started: "embedding"))}; echo 'MPSNDArray: too large.' >&2; "
            + "echo 'at frame 0' >&2; kill -ABRT $$");

        Assert.False(report.Passed);
        Assert.Equal("The self-test crashed in 'embedding' (exit code 134: MPSNDArray: too large).", report.Problem);
        Assert.Equal([Passed], report.Operations);
        Assert.Equal(("mps", "2.10.0.0"), (report.Settings!.Device, report.Libtorch));
    }

    [Fact]
    public async Task Output_of_libraries_and_cut_off_lines_are_ignored()
    {
        var report = await RunAsync($"echo 'Welcome to Metal'; {Echo(Settings)}; echo 'self-test {{\"res'; exit 3");
        Assert.Equal("The self-test crashed in its preparation (exit code 3).", report.Problem);
    }

    [Fact]
    public async Task Early_end_is_a_failure_even_with_exit_code_0() =>
        Assert.False((await RunAsync($"{Echo(Settings)}; {Echo(new(Result: Passed))}")).Passed);

    [Fact]
    public async Task Child_that_does_not_end_is_stopped_at_the_time_limit()
    {
        var report = await RunAsync("exec cat", TimeSpan.FromSeconds(1));
        Assert.Equal("The self-test did not finish its preparation within 1 s.", report.Problem);
    }

    [Fact]
    public async Task Cancellation_stops_the_child_and_is_not_a_verdict()
    {
        using var cancellation = new CancellationTokenSource();
        var running = new SelfTestProcess("/bin/sh", ["-c", "exec cat"], TimeProvider.System).RunAsync(
            new ComputeSettings(), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Refusal_of_the_child_is_the_problem()
    {
        var report = await RunAsync($"{Echo(new(Refusal: "This machine has no mps device."))}; exit 2");
        Assert.Equal("This machine has no mps device.", report.Problem);
        Assert.Null(report.Settings);
    }

    [Fact]
    public async Task Program_that_does_not_exist_is_reported()
    {
        var process = new SelfTestProcess("/nowhere/dotnet", [], TimeProvider.System);
        Assert.StartsWith(
            "The self-test could not be started (",
            (await process.RunAsync(new ComputeSettings(), CancellationToken.None)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_failures_are_summarised_in_one_sentence()
    {
        OperationResult[] results = [Passed, Failing("a"), Failing("b"), Failing("c")];
        var report = new SelfTestReport(new TestedSettings("mps", "bfloat16", "metal-safe"), "2", results, null);
        Assert.Equal(
            "The device 'mps' computes 'a' incorrectly with bfloat16 and metal-safe kernels; 2 other operations fail.", report.Problem);

        static OperationResult Failing(string name) => new(name, 1, 0.02, 0, $"computes '{name}' incorrectly");
    }

    private static string Echo(SelfTestLine line) => $"printf '%s\\n' '{line.Write().Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static Task<SelfTestReport> RunAsync(string script, TimeSpan? limit = null) =>
        new SelfTestProcess("/bin/sh", ["-c", script], TimeProvider.System, limit).RunAsync(new ComputeSettings(), CancellationToken.None);
}
