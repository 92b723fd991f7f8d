using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_lists_every_command()
    {
        var help = await CliProcess.RunAsync();
        Assert.Equal(0, help.ExitCode);
        Assert.All(["chaos", "demo", "doctor", "farm", "model"], verb => Assert.Contains($"  {verb} ", help.Output));
    }

    [Theory]
    [InlineData("'render'", "render")]
    [InlineData("--workers: 0 is outside the range 1 to 64", "demo", "--workers", "0")]
    [InlineData("--workers", "demo", "--workers", "many")]
    [InlineData("not an HTTP address", "farm", "status", "--api", "localhost")]
    [InlineData("--faults: 'flood' is not a kind of fault", "chaos", "--faults", "kill-worker,flood")]
    [InlineData("--minutes: 0 minutes is too low", "chaos", "--minutes", "0")]
    [InlineData("'submit'", "farm", "submit")]
    [InlineData("--weight: A weight of 0 is outside the range 0.001 to 1000", "farm", "submit", "prompts.csv", "--weight", "0")]
    [InlineData("--weight: 'much' is not a number", "farm", "submit", "prompts.csv", "--weight", "much")]
    [InlineData("--data", "farm", "init")]
    [InlineData("'revoke'", "farm", "revoke")]
    [InlineData("--output", "model", "tiny")]
    public async Task Invalid_arguments_are_reported(string words, params string[] arguments) =>
        (await CliProcess.RunAsync(arguments)).AssertFailed(ExitCodes.BadInput, words, "--help");

    [Fact]
    public async Task Unreachable_coordinator_is_named_in_the_error() =>
        (await CliProcess.RunAsync("farm", "status", "--api", "http://127.0.0.1:1"))
            .AssertFailed(ExitCodes.Failed, "http://127.0.0.1:1", "Check that it is running");

    [Theory]
    [InlineData("farm", "status", "--api", "http://127.0.0.1:1")]
    [InlineData("generate", "--prompt", "fox", "--model", "missing", "--output", "missing.mp4")]
    public async Task Verbose_option_of_every_command_prints_stack_traces(params string[] arguments)
    {
        var brief = await CliProcess.RunAsync(arguments);
        var verbose = await CliProcess.RunAsync([.. arguments, "--verbose"]);
        Assert.NotEqual(ExitCodes.Done, verbose.ExitCode);
        Assert.Equal(brief.ExitCode, verbose.ExitCode);
        Assert.DoesNotContain("   at ", brief.Error);
        Assert.Contains("   at ", verbose.Error);
    }

    [Fact]
    public async Task Missing_ffmpeg_is_reported_with_installation_instructions()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.Write("prompts.csv", "prompt\na cat\n");
        var run = await CliProcess.RunAsync(new Dictionary<string, string?> { ["PATH"] = folder.Path }, "farm", "submit", csv);
        run.AssertFailed(ExitCodes.Failed, "ffmpeg is not on the PATH", "apt-get install ffmpeg");
    }

    [Fact]
    public async Task Missing_model_folder_is_named_in_the_error()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.Write("prompts.csv", "prompt\na cat\n");
        var run = await CliProcess.RunAsync("demo", "--csv", csv, "--output", folder["out"], "--model", folder["model"]);
        run.AssertFailed(ExitCodes.BadInput, folder["model"], "model tiny");
    }

    [Fact]
    public void Expected_exceptions_are_reported_by_their_message()
    {
        Exception[] errors =
        [
            new UsageException("why"), new FarmApiException("why"), new StageException(FailureKind.Machine, "why"), new IOException("why"),
            new UnauthorizedAccessException("why"),
        ];
        Assert.All(errors, ex => Assert.Equal("why", ErrorMessages.Describe(ex)));
    }

    [Fact]
    public void Unexpected_exceptions_are_reported_as_internal_errors()
    {
        var told = ErrorMessages.Describe(new InvalidOperationException("why"));
        Assert.Contains("Internal error in mlx-video", told);
        Assert.Contains("--verbose", told);
    }

    [Fact]
    public void Exit_code_depends_on_the_exception()
    {
        Assert.Equal(2, ExitCodes.Of(new UsageException("")));
        Assert.Equal(130, ExitCodes.Of(new OperationCanceledException()));
        Assert.Equal(1, ExitCodes.Of(new IOException()));
    }
}
