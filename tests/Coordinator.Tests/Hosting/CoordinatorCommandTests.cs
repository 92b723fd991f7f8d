using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Tests.Arguments;

namespace MlxVideo.Coordinator.Tests.Hosting;

public sealed class CoordinatorCommandTests
{
    [Fact]
    public void Every_numeric_option_follows_the_same_rules() =>
        Assert.Superset(
            new HashSet<string> { "--cluster-port", "--http-port", "--parent-pid" },
            NumericOptions.AssertSameRules(CoordinatorCommand.Create()).ToHashSet());

    [Theory]
    [InlineData("--http-port", "65536")]
    [InlineData("--http-port", "-1")]
    [InlineData("--cluster-port", "4.053,0")]
    [InlineData("--listen", "localhost")]
    [InlineData("--listen", "192.168.1.10")]
    [InlineData("--no-such-option", "1")]
    public async Task Invalid_command_line_exits_with_the_bad_input_code(string option, string text) =>
        Assert.Equal(
            ExitCodes.BadInput, await DaemonCommandLine.RunAsync(CoordinatorCommand.Create(), ["--data", "data", option, text]));

    [Fact]
    public async Task Help_requires_no_other_options() =>
        Assert.Equal(0, await DaemonCommandLine.RunAsync(CoordinatorCommand.Create(), ["--help"]));
}
