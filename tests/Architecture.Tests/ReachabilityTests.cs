namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that every type is reachable from an executable or assigned to a planned feature.</summary>
public sealed class ReachabilityTests
{
    /// <summary>Unreachable types, or namespaces ending with a dot, with the planned feature that will use them.</summary>
    private static readonly IReadOnlyDictionary<string, string> Planned = new Dictionary<string, string>
    {
        ["MlxVideo.Engine.Kernels.MetalRules"] = "strict mode of the tests",
    };

    [Fact]
    public void Every_type_is_reachable_from_an_executable_or_planned()
    {
        // A coordinator with the console for pbm is built only where Petabridge.Cmd is served, or for tests.
        var projects = Directory.GetDirectories(Repository.Source).Select(path => Path.GetFileName(path)!).Append("PbmNode");
        using var types = ReachableTypes.From(projects, ["Cli", "Coordinator", "Worker", "PbmNode"]);
        var unreached = types.Unreached().ToList();
        var unplanned = unreached.Where(type => !Planned.Keys.Any(planned => Covers(planned, type))).ToList();
        Assert.True(unplanned.Count == 0, $"Unreachable types; delete them or list their feature:\n{string.Join('\n', unplanned)}");
        var outdated = Planned.Keys.Where(planned => !unreached.Exists(type => Covers(planned, type))).ToList();
        Assert.True(outdated.Count == 0, $"Planned types that are now reachable or were removed:\n{string.Join('\n', outdated)}");
    }

    private static bool Covers(string planned, string type) =>
        planned.EndsWith('.') ? type.StartsWith(planned, StringComparison.Ordinal) : type == planned;
}
