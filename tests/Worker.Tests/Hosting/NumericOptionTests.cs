using MlxVideo.Shared.Tests.Arguments;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Hosting;

public sealed class NumericOptionTests
{
    [Fact]
    public void Every_numeric_option_follows_the_same_rules() =>
        Assert.Superset(new HashSet<string> { "--threads", "--link", "--weight-memory", "--cluster-port", "--parent-pid" },
            NumericOptions.AssertSameRules(WorkerCommand.Create()).ToHashSet());
}
