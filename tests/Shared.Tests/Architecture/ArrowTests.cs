using System.Xml.Linq;

namespace MlxVideo.Shared.Tests.Architecture;

/// <summary>Arrows between projects point down only, and heavy libraries stay where they belong.</summary>
public sealed class ArrowTests
{
    /// <summary>What each project may reference, directly or not.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["Shared"] = [],
        ["Media"] = ["Shared"],
        ["Engine"] = ["Shared", "Media"],
        ["Training"] = ["Shared", "Media", "Engine"],
        ["Simulation"] = ["Shared"],
        ["Cluster"] = ["Shared"],
        ["Coordinator"] = ["Shared", "Media", "Cluster"],
        ["Worker"] = ["Shared", "Media", "Engine", "Cluster"],
        ["Cli"] = ["Shared", "Media", "Engine", "Training", "Simulation"],
    };

    /// <summary>Packages, by the beginning of their names, and the projects that may have them.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Packages = new Dictionary<string, string[]>
    {
        ["TorchSharp"] = ["Engine"],
        ["libtorch"] = ["Engine"],
        ["Akka"] = ["Cluster"],
        ["FFMpegCore"] = ["Media"],
        ["Google.OrTools"] = ["Simulation"],
    };

    public static TheoryData<string> Projects() => [.. Allowed.Keys];

    [Fact]
    public void Every_project_has_a_rule() =>
        Assert.Equal(Directory.GetDirectories(Source).Select(Path.GetFileName).Order(), Allowed.Keys.Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project) =>
        Assert.Empty(ReferencesOf(project).Except(Allowed[project]));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Heavy_packages_stay_where_they_belong(string project)
    {
        var strayed = from package in ItemsOf(project, "PackageReference")
                      from rule in Packages
                      where package.StartsWith(rule.Key, StringComparison.Ordinal) && !rule.Value.Contains(project)
                      select package;
        Assert.Empty(strayed);
    }

    private static string Source
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "MlxVideo.sln")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside a checkout.");
            return Path.Combine(folder.FullName, "src");
        }
    }

    private static IEnumerable<string> ReferencesOf(string project)
    {
        foreach (var reference in ItemsOf(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)))
        {
            yield return reference;
            foreach (var further in ReferencesOf(reference))
                yield return further;
        }
    }

    private static IEnumerable<string> ItemsOf(string project, string kind) =>
        XDocument.Load(Path.Combine(Source, project, $"{project}.csproj")).Descendants(kind).Select(item => item.Attribute("Include")!.Value);
}
