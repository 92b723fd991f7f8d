namespace MlxVideo.Architecture.Tests;

/// <summary>Paths of the checkout under test.</summary>
internal static class Repository
{
    /// <summary>The folder that contains the solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder that contains the product's projects.</summary>
    public static string Source => Path.Combine(Root, "src");

    /// <summary>Returns the files of the repository that match a pattern, without build output.</summary>
    public static IEnumerable<string> SourceFiles(string pattern) =>
        from folder in Directory.EnumerateDirectories(Root)
        where Path.GetFileName(folder) is "src" or "tests" or "build" or "docs" or "examples"
        from file in Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
        where !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        select file;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MlxVideo.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside a checkout.");
        return folder.FullName;
    }
}
