using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>A copy of a model, made of the files that <see cref="ModelContents"/> names.</summary>
internal static class ModelCopy
{
    /// <summary>Copies a model and checks the digest of the copy.</summary>
    /// <returns>The opened copy.</returns>
    public static ModelFolder Of(ModelFolder model, string folder)
    {
        foreach (var (path, source) in ModelContents.Of(model))
        {
            var target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        var hashes = new ContentHashCache(Path.Combine(folder, "hashes"));
        var copy = ModelFolder.Open(folder);
        Assert.Equal(ModelFingerprint.Of(model, hashes), ModelFingerprint.Of(copy, hashes));
        Directory.Delete(Path.Combine(folder, "hashes"), recursive: true);
        return copy;
    }

    /// <summary>Returns the paths of all files in a folder, with slashes.</summary>
    public static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal);
}
