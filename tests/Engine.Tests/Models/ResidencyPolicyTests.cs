using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Tests.Models;

public sealed class ResidencyPolicyTests
{
    private static readonly (string Part, long Bytes)[] Loaded = [("oldest", 40), ("older", 30), ("newest", 20)];

    [Theory]
    [InlineData(100, 10, "")]
    [InlineData(100, 11, "oldest")]
    [InlineData(100, 51, "oldest older")]
    [InlineData(100, 500, "oldest older newest")]
    public void The_least_recently_used_make_room(long budget, long wanted, string unloaded) =>
        Assert.Equal(unloaded, string.Join(' ', new ResidencyPolicy(budget).PartsToUnload(Loaded, wanted)));
}
