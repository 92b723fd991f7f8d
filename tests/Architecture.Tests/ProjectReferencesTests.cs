using System.Xml.Linq;

namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that project references follow the layers and that heavy packages stay in the projects that own them.</summary>
public sealed class ProjectReferencesTests
{
    /// <summary>Projects that each project may reference, directly or transitively.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["Shared"] = [],
        ["Hub"] = ["Shared"],
        ["Media"] = ["Shared"],
        ["Engine"] = ["Shared", "Media"],
        ["Farm"] = ["Shared"],
        ["Simulation"] = ["Shared", "Farm"],
        ["Cluster"] = ["Shared"],
        ["Pbm"] = ["Shared", "Media"],
        ["Coordinator"] = ["Shared", "Farm", "Media", "Cluster", "Pbm"],
        ["Worker"] = ["Shared", "Hub", "Media", "Engine", "Cluster", "Pbm"],
        ["Cli"] = ["Shared", "Hub", "Farm", "Media", "Engine", "Simulation"],
    };

    /// <summary>Packages by name prefix, with the projects that may reference them.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Packages = new Dictionary<string, string[]>
    {
        ["TorchSharp"] = ["Engine"],
        ["libtorch"] = ["Engine"],
        ["Akka"] = ["Cluster", "Coordinator", "Pbm"], // the coordinator adds persistence
        ["FFMpegCore"] = ["Media"],
        ["Petabridge"] = ["Pbm"],
        ["Google.OrTools"] = ["Simulation"],
        ["OpenTelemetry"] = ["Coordinator"], // it has what is to be observed: workers report to it
    };

    public static TheoryData<string> Projects() => [.. Allowed.Keys];

    [Fact]
    public void Every_project_has_a_rule() =>
        Assert.Equal(Directory.GetDirectories(Repository.Source).Select(Path.GetFileName).Order(), Allowed.Keys.Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_references_only_lower_layers(string project) =>
        Assert.Empty(ReferencesOf(project).Except(Allowed[project]));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Heavy_packages_are_referenced_only_by_their_projects(string project)
    {
        var misplaced = from package in ItemsOf(project, "PackageReference")
                        from rule in Packages
                        where package.StartsWith(rule.Key, StringComparison.Ordinal) && !rule.Value.Contains(project)
                        select package;
        Assert.Empty(misplaced);
    }

    private static IEnumerable<string> ReferencesOf(string project)
    {
        var inSource = ItemsOf(project, "ProjectReference").Where(path => !path.StartsWith("../../tests/", StringComparison.Ordinal));
        foreach (var reference in inSource.Select(path => Path.GetFileNameWithoutExtension(path)))
        {
            yield return reference;
            foreach (var further in ReferencesOf(reference))
                yield return further;
        }
    }

    private static IEnumerable<string> ItemsOf(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Source, project, $"{project}.csproj")).Descendants(kind)
            .Select(item => item.Attribute("Include")!.Value);
}
