namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that every type is reachable from an executable: code that no user can reach is deleted.</summary>
public sealed class ReachabilityTests
{
    [Fact]
    public void Every_type_is_reachable_from_an_executable()
    {
        // A coordinator with the console for pbm is built only where Petabridge.Cmd is served, or for tests.
        var projects = Directory.GetDirectories(Repository.Source).Select(path => Path.GetFileName(path)!).Append("PbmNode");
        using var types = ReachableTypes.From(projects, ["Cli", "Coordinator", "Worker", "PbmNode"]);
        var unreached = types.Unreached().ToList();
        Assert.True(unreached.Count == 0, $"Unreachable types; delete them:\n{string.Join('\n', unreached)}");
    }
}
