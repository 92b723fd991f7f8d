using MlxVideo.Cluster.Configuration;
using MlxVideo.Worker.Engine;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineFaultTests
{
    [Fact]
    public void Fault_names_a_kind_and_optionally_a_stage_kind_and_a_run()
    {
        Assert.Equal(new EngineFault(EngineFaultKind.Crash, null, null), EngineFault.Parse("crash"));
        Assert.Equal(new EngineFault(EngineFaultKind.Hang, "upsample", null), EngineFault.Parse("hang:upsample"));
        Assert.Equal(new EngineFault(EngineFaultKind.Abort, "denoise", 2), EngineFault.Parse("abort:denoise:2"));
        Assert.Null(EngineFault.Parse(null));
        Assert.Null(EngineFault.Parse(""));
    }

    [Theory]
    [InlineData("explode")]
    [InlineData("crash:paint")]
    [InlineData("crash:denoise:0")]
    [InlineData("crash:denoise:two")]
    [InlineData("crash:denoise:1:1")]
    [InlineData("crash:")]
    public void Unknown_fault_is_refused_with_the_syntax(string text) =>
        Assert.Contains(
            $"'{text}' is not a fault; write crash, hang or abort",
            Assert.Throws<InvalidConfigurationException>(() => EngineFault.Parse(text)).Message, StringComparison.Ordinal);
}
