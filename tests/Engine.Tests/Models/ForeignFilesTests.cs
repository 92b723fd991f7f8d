using System.Text;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>Model folders with foreign files: operating system metadata and failed downloads.</summary>
public sealed class ForeignFilesTests : IDisposable
{
    private const string LfsPointer = "version https://git-lfs.github.com/spec/v1\noid "
        + "sha256:1299c11d7cf632ef3b4e11937501358ada021bbdf7c47638d13c0ee982f2e79c\nsize 4689074\n";
    private const string WebPage = "<!doctype html><html><body>Sign in to continue</body></html>";

    private readonly TemporaryFolder _folder = new();

    public ForeignFilesTests() => TinyModel.Write(_folder.File("model"));

    [Fact]
    public void MacOS_metadata_files_are_ignored()
    {
        byte[] appleDouble = [0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00, .. "Mac OS X        "u8, .. new byte[4072]];
        foreach (
            var name in new[] { "._model.safetensors", "._model.safetensors.index.json", "._spatial_upsampler.safetensors", ".DS_Store" })
        {
            File.WriteAllBytes(_folder.File("model", name), appleDouble);
            File.WriteAllBytes(_folder.File("model", "gemma", name), appleDouble);
        }

        var model = ModelFolder.Open(_folder.File("model"));
        Assert.Equal([_folder.File("model", "gemma", "model.safetensors")], model.GemmaFiles);
        ModelLoader.Check(model);
    }

    [Theory]
    [InlineData("tokenizer.model", LfsPointer, "is a Git LFS pointer")]
    [InlineData("tokenizer.model", WebPage, "is a web page (HTML)")]
    [InlineData("tokenizer.model", "", "is empty")]
    [InlineData("tokenizer.model", "{\"error\":\"Repository not found\"}", "is JSON text")]
    [InlineData("tokenizer.json", LfsPointer, "is a Git LFS pointer")]
    [InlineData("tokenizer.json", WebPage, "is a web page (HTML)")]
    public void Invalid_tokenizer_file_is_reported_with_its_path_and_content(string name, string content, string expected)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, content);
        AssertNamed(path, expected, () => Tokenizer.Load(path));
    }

    [Theory]
    [InlineData("config.json", LfsPointer, "is a Git LFS pointer")]
    [InlineData("config.json", WebPage, "is a web page (HTML)")]
    [InlineData("config.json", "", "is empty")]
    [InlineData("config.json", "Invalid username or password.", "is plain text ('Invalid username or password.')")]
    [InlineData("model.safetensors.index.json", LfsPointer, "is a Git LFS pointer")]
    [InlineData("model.safetensors.index.json", WebPage, "is a web page (HTML)")]
    public void Invalid_configuration_or_index_is_reported_with_its_path_and_content(string name, string content, string expected)
    {
        var path = _folder.File("model", "gemma", name);
        File.WriteAllText(path, content);
        AssertNamed(path, expected, () => ModelFolder.Open(_folder.File("model")));
    }

    [Fact]
    public void Configuration_with_a_byte_order_mark_is_accepted()
    {
        var path = _folder.File("model", "gemma", "config.json");
        File.WriteAllText(path, File.ReadAllText(path), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        ModelLoader.Check(ModelFolder.Open(_folder.File("model")));
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertNamed(string path, string expected, Func<object> open) =>
        Assert.StartsWith($"{path} {expected}", Assert.Throws<CheckpointException>(open).Message);
}
