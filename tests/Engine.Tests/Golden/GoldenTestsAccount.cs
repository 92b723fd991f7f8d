namespace MlxVideo.Engine.Tests.Golden;

/// <summary>No folder of reference data is overlooked: each belongs to a case, passed over by name or checked.</summary>
public sealed class GoldenTestsAccount
{
    [Fact]
    public void Every_folder_of_the_root_belongs_to_a_case()
    {
        var cases = GoldenTests.Paths;
        // A case that is a file may use the folders beside it.
        var aroundFiles = cases.Where(one => File.Exists(GoldenRoot.Path(one))).Select(one => one[..(one.LastIndexOf('/') + 1)])
            .Where(folder => folder.Length > 0).ToHashSet();
        var overlooked = from folder in Directory.EnumerateDirectories(GoldenRoot.Folder, "*", SearchOption.AllDirectories)
                         where Directory.EnumerateFiles(folder).Any()
                         let path = Path.GetRelativePath(GoldenRoot.Folder, folder).Replace('\\', '/')
                         where !cases.Any(one => one == path || one.StartsWith(path + "/", StringComparison.Ordinal)
                             || path.StartsWith(one + "/", StringComparison.Ordinal))
                         where !aroundFiles.Any(around => path.StartsWith(around, StringComparison.Ordinal))
                         select path;
        Assert.True(!overlooked.Any(), $"No test checks these folders of {GoldenRoot.Folder}: "
            + $"{string.Join(", ", overlooked.Order(StringComparer.Ordinal))}. Move what is no reference data elsewhere.");
    }
}
