namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that the namespaces of each project depend on each other in one direction only.</summary>
public sealed class NamespaceCyclesTests
{
    public static TheoryData<string> Projects() => [.. Directory.GetDirectories(Repository.Source).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_of_a_project_have_no_dependency_cycles(string project)
    {
        var cycles = NamespaceDependencies.Read(Path.Combine(AppContext.BaseDirectory, $"MlxVideo.{project}.dll")).Cycles().ToList();
        Assert.True(cycles.Count == 0, string.Join('\n', cycles));
    }
}
