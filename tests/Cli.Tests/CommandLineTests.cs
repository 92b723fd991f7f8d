using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_names_every_verb()
    {
        var help = await CliProcess.Run();
        Assert.Equal(0, help.ExitCode);
        Assert.All(["demo", "farm", "model"], verb => Assert.Contains($"  {verb} ", help.Output));
    }

    [Theory]
    [InlineData("'render'", "render")]
    [InlineData("--workers: 0 is outside 1 to 64", "demo", "--workers", "0")]
    [InlineData("--workers", "demo", "--workers", "many")]
    [InlineData("no address", "farm", "status", "--api", "localhost")]
    [InlineData("'submit'", "farm", "submit")]
    [InlineData("--weight: A weight of 0 is outside 0.001 to 1000", "farm", "submit", "prompts.csv", "--weight", "0")]
    [InlineData("--weight: 'much' is not a number", "farm", "submit", "prompts.csv", "--weight", "much")]
    [InlineData("--output", "model", "tiny")]
    public async Task Bad_arguments_are_named(string words, params string[] arguments) =>
        (await CliProcess.Run(arguments)).AssertFailed(ExitCodes.BadInput, words, "--help");

    [Fact]
    public async Task A_coordinator_that_is_not_there_is_named() =>
        (await CliProcess.Run("farm", "status", "--api", "http://127.0.0.1:1"))
            .AssertFailed(ExitCodes.Failed, "http://127.0.0.1:1", "Is it running");

    [Fact]
    public async Task Stack_traces_come_with_verbose()
    {
        var run = await CliProcess.Run("farm", "status", "--api", "http://127.0.0.1:1", "--verbose");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("   at ", run.Error);
    }

    [Fact]
    public async Task A_missing_ffmpeg_is_named_with_the_way_to_install_it()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.Write("prompts.csv", "prompt\na cat\n");
        var run = await CliProcess.Run(new Dictionary<string, string?> { ["PATH"] = folder.Path }, "farm", "submit", csv);
        run.AssertFailed(ExitCodes.Failed, "ffmpeg is not on the PATH", "apt-get install ffmpeg");
    }

    [Fact]
    public async Task A_missing_model_folder_is_named()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.Write("prompts.csv", "prompt\na cat\n");
        var run = await CliProcess.Run("demo", "--csv", csv, "--output", folder["out"], "--model", folder["model"]);
        run.AssertFailed(ExitCodes.BadInput, folder["model"], "model tiny");
    }

    [Fact]
    public void Faults_of_files_networks_and_models_are_told_as_they_are()
    {
        Exception[] faults =
        [
            new UsageException("why"), new FarmApiException("why"), new StageException(FailureKind.Machine, "why"), new IOException("why"),
            new UnauthorizedAccessException("why"),
        ];
        Assert.All(faults, fault => Assert.Equal("why", Faults.Describe(fault)));
    }

    [Fact]
    public void Other_faults_are_told_to_be_ours()
    {
        var told = Faults.Describe(new InvalidOperationException("why"));
        Assert.Contains("mlx-video itself", told);
        Assert.Contains("--verbose", told);
    }

    [Fact]
    public void Exit_codes_follow_the_fault()
    {
        Assert.Equal(2, ExitCodes.Of(new UsageException("")));
        Assert.Equal(130, ExitCodes.Of(new OperationCanceledException()));
        Assert.Equal(1, ExitCodes.Of(new IOException()));
    }
}
