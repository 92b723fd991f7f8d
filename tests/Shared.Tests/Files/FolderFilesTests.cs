using MlxVideo.Shared.Files;

namespace MlxVideo.Shared.Tests.Files;

public sealed class FolderFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-").FullName;

    [Fact]
    public void System_files_are_skipped_and_the_rest_is_sorted()
    {
        foreach (
            var name in new[] { "b.safetensors", "a.safetensors", "._a.safetensors", ".DS_Store", ".hidden.safetensors", "Thumbs.db",
                "desktop.ini", "c.txt" })
            File.WriteAllText(Path.Combine(_folder, name), "");
        Assert.Equal(["a.safetensors", "b.safetensors"], Names("*.safetensors"));
        Assert.Equal(["a.safetensors", "b.safetensors", "c.txt"], Names("*"));
    }

    [Theory]
    [InlineData("._model.safetensors", true)]
    [InlineData("THUMBS.DB", true)]
    [InlineData("__MACOSX", true)]
    [InlineData("@eaDir", true)]
    [InlineData("Icon\r", true)]
    [InlineData("_model.safetensors", false)]
    [InlineData("model..safetensors", false)]
    [InlineData("thumbs.safetensors", false)]
    public void System_file_names_are_recognised(string name, bool expected) => Assert.Equal(expected, FolderFiles.IsOfSystem(name));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IEnumerable<string?> Names(string pattern) => FolderFiles.Enumerate(_folder, pattern).Select(Path.GetFileName);
}
