namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Every folder of reference data belongs to a case, either checked or explicitly skipped.</summary>
public sealed class GoldenCoverageTests
{
    [Fact]
    public void Every_golden_folder_belongs_to_a_case()
    {
        var cases = GoldenTests.Paths;
        // A case that is a file may use its sibling folders.
        var aroundFiles = cases.Where(one => File.Exists(GoldenRoot.Path(one))).Select(one => one[..(one.LastIndexOf('/') + 1)])
            .Where(folder => folder.Length > 0).ToHashSet();
        var overlooked = from folder in Directory.EnumerateDirectories(GoldenRoot.Folder, "*", SearchOption.AllDirectories)
                         where Directory.EnumerateFiles(folder).Any()
                         let path = Path.GetRelativePath(GoldenRoot.Folder, folder).Replace('\\', '/')
                         where !cases.Any(one => one == path || one.StartsWith(path + "/", StringComparison.Ordinal)
                             || path.StartsWith(one + "/", StringComparison.Ordinal))
                         where !aroundFiles.Any(around => path.StartsWith(around, StringComparison.Ordinal))
                         select path;
        Assert.True(!overlooked.Any(), $"No test covers these folders of {GoldenRoot.Folder}: "
            + $"{string.Join(", ", overlooked.Order(StringComparer.Ordinal))}. Move anything that is not reference data elsewhere.");
    }
}
