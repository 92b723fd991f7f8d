using MlxVideo.Shared.Processes;

namespace MlxVideo.Shared.Tests.Processes;

public sealed class DotnetHostTests
{
    [Fact]
    public void Program_of_a_self_contained_build_starts_itself()
    {
        var command = DotnetHost.CommandOf("/opt/farm/current/MlxVideo.Worker.dll", "/opt/farm/1/MlxVideo.Worker");
        Assert.Equal("/opt/farm/1/MlxVideo.Worker", command.Program);
        Assert.Empty(command.Arguments);
    }

    [Theory]
    [InlineData("/usr/share/dotnet/dotnet")]
    [InlineData("/checkout/artifacts/bin/testhost")]
    [InlineData(null)]
    public void Assembly_is_started_with_dotnet_otherwise(string? processPath)
    {
        var command = DotnetHost.CommandOf("/checkout/artifacts/bin/MlxVideo.Worker.dll", processPath);
        Assert.Equal("dotnet", Path.GetFileName(command.Program));
        Assert.Equal(["/checkout/artifacts/bin/MlxVideo.Worker.dll"], command.Arguments);
    }
}
