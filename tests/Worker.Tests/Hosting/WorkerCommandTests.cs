using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Hosting;

public sealed class WorkerCommandTests
{
    [Theory]
    [InlineData("--hours", "noon")]
    [InlineData("--link", "fast")]
    [InlineData("--weight-memory", "0")]
    [InlineData("--token", "mlxjoin1-x")]
    [InlineData("--listen", "192.168.1.10")]
    [InlineData("--listen", "localhost")]
    [InlineData("--model-name", "ltx-2")]
    [InlineData("--fetch-models", "true")]
    [InlineData("--api-port", "0")]
    [InlineData("--no-such-option", "1")]
    public async Task Invalid_command_line_exits_with_the_bad_input_code(string option, string text) =>
        Assert.Equal(
            ExitCodes.BadInput,
            await DaemonCommandLine.RunAsync(
                WorkerCommand.Create(), ["--join", "127.0.0.1:1", "--data", "data", "--model", "model", option, text]));

    [Fact]
    public async Task Unusable_model_exits_with_the_bad_input_code()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--join", "127.0.0.1:1", "--data", folder.File("data"), "--model"];
        Assert.Equal(
            ExitCodes.BadInput, await DaemonCommandLine.RunAsync(WorkerCommand.Create(), [.. arguments, folder.File("nowhere")]));
        var model = Directory.CreateDirectory(folder.File("model")).FullName;
        await File.WriteAllTextAsync(Path.Combine(model, "model.safetensors"), "Entry not found");
        Assert.Equal(ExitCodes.BadInput, await DaemonCommandLine.RunAsync(WorkerCommand.Create(), [.. arguments, model]));
    }

    [Fact]
    public async Task Help_requires_no_other_options() =>
        Assert.Equal(0, await DaemonCommandLine.RunAsync(WorkerCommand.Create(), ["--help"]));
}
