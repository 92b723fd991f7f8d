using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Shared.Tests.Files;

public sealed class ForeignContentTests : IDisposable
{
    private const string LfsPointer = "version https://git-lfs.github.com/spec/v1\noid "
        + "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 43220117504\n";

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"foreign-{Guid.NewGuid():N}.safetensors");

    [Theory]
    [InlineData(LfsPointer, "a Git LFS pointer", "git lfs pull")]
    [InlineData("<!DOCTYPE html>\n<html lang=\"en\"><body>Sign in</body></html>", "a web page (HTML)", "download the file itself")]
    [InlineData("\uFEFF \r\n<HTML><head><title>502</title></head></HTML>", "a web page (HTML)", "download the file itself")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML document", "answered with an error")]
    [InlineData("{\"error\":\"Access to this model is restricted.\"}", "JSON text ('{\"error\":\"Access to this model is restricted.\"}')",
        "answered with an error")]
    [InlineData("Entry not found", "plain text ('Entry not found')", "answered with an error")]
    [InlineData("404", "plain text ('404')", "answered with an error")]
    [InlineData("", "empty", "download the file again")]
    public void Failed_download_is_identified_with_a_remedy(string content, string expected, string remedy) =>
        AssertNamed(Encoding.UTF8.GetBytes(content), expected, remedy);

    [Theory]
    [InlineData("47475546 03000000 7503000000000000", "a GGUF file", "safetensors files")]
    [InlineData("80028a0a6cfc9c46f9206aa850192e80", "a Python pickle", "safetensors files")]
    [InlineData("80049525000000000000008c", "a Python pickle", "safetensors files")]
    [InlineData("00051607 00020000 4d6163204f5320582020202020202020", "an AppleDouble file", "._")]
    [InlineData("1f8b08000000000000034b4c4a06", "a gzip archive", "unpack")]
    [InlineData("28b52ffd0058c100", "a Zstandard archive", "unpack")]
    [InlineData("894844460d0a1a0a0000000000080800", "an HDF5 file", "safetensors files")]
    [InlineData("00000000000000000000000000000000", "filled with zeros", "download the file again")]
    public void Other_format_is_identified_with_a_remedy(string hexadecimal, string expected, string remedy) =>
        AssertNamed(Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal)), expected, remedy);

    [Fact]
    public void Renamed_pytorch_archive_is_identified()
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("archive/data.pkl");
        AssertNamed(bytes.ToArray(), "a ZIP archive", ".ckpt");
    }

    [Fact]
    public void Text_truncated_within_a_character_is_still_identified_as_text() =>
        AssertNamed(Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("é", 600))), "plain text", "answered with an error");

    [Theory]
    [InlineData(640)] // begins like a pickle
    [InlineData(0x3C)] // begins like HTML
    [InlineData(0x7B)] // begins like JSON
    [InlineData(0x8B1F)] // begins like gzip
    public void Truncated_safetensors_file_is_reported_as_truncated(int headerLength)
    {
        var head = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(head, headerLength);
        "{\"a\""u8.CopyTo(head.AsSpan(8));
        File.WriteAllBytes(_path, head);
        Assert.Null(ForeignContent.Of(_path));
        Assert.Contains("it is truncated", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_path)).Message);
    }

    [Fact]
    public void Unknown_content_is_not_identified()
    {
        File.WriteAllBytes(_path, [0xEF, 0x01, 0xFF, 0xFE, 0xC0, 0xC1, 0x00, 0x7F, 0x81, 0x99]);
        Assert.Null(ForeignContent.Of(_path));
        Assert.Contains("its header claims", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_path)).Message);
    }

    public void Dispose() => File.Delete(_path);

    private void AssertNamed(byte[] content, string expected, string remedy)
    {
        File.WriteAllBytes(_path, content);
        var message = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_path)).Message;
        Assert.Contains($"{_path} is not a readable safetensors file: it is {expected}", message);
        Assert.Contains(remedy, message);
        Assert.DoesNotContain("bytes", message);
    }
}
