using System.Text.RegularExpressions;

namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that the tests named in docs/differences.md exist.</summary>
public sealed partial class DifferencesDocumentTests
{
    [Fact]
    public void Named_tests_exist()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "differences.md"));
        var names = TestName().Matches(document).Select(match => match.Groups[1].Value).Distinct().ToList();
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(files.Contains(name), $"{name} does not exist."));
    }

    [GeneratedRegex("`([A-Za-z0-9]+(?:Tests|Suite))`")]
    private static partial Regex TestName();
}
