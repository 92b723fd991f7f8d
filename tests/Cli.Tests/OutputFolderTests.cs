using MlxVideo.Shared.Artefacts;


namespace MlxVideo.Cli.Tests;

public sealed class OutputFolderTests
{
    [Fact]
    public void Folder_is_created_and_left_empty()
    {
        using var folder = new TemporaryFolder();
        var output = OutputFolder.Open(folder["a/b"]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(output.FullPath));
        Assert.Equal(folder["a/b/c/clip.mp4"], output.FileFor("c/clip.mp4"));
        Assert.True(Directory.Exists(folder["a/b/c"]));
    }

    [Fact]
    public void Unwritable_folder_is_named_in_the_error()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "");
        var ex = Assert.Throws<IOException>(() => OutputFolder.Open(Path.Combine(file, "output")));
        Assert.Contains(Path.Combine(file, "output"), ex.Message);
        Assert.Contains("--output", ex.Message);
    }

    [Theory]
    [InlineData("../clip.mp4")]
    [InlineData("/tmp/clip.mp4")]
    [InlineData("a/../../clip.mp4")]
    public void File_name_outside_the_folder_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        var output = OutputFolder.Open(folder["output"]);
        Assert.Throws<IOException>(() => output.FileFor(name));
    }
}
