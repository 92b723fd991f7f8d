using System.Text;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Tests.Artefacts;

public sealed class BlobStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly BlobStore _store;

    public BlobStoreTests() => _store = new BlobStore(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Stored_blob_is_found_by_its_digest()
    {
        var blob = await PutAsync("hello");
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", blob.Digest);
        Assert.Equal(blob, _store.Find(blob.Digest));
        Assert.Equal("hello", await File.ReadAllTextAsync(_store.PathOf(blob.Digest)));
        Assert.Equal(blob, await PutAsync("hello"));
    }

    [Fact]
    public async Task Content_with_a_wrong_digest_is_refused_and_leaves_no_file()
    {
        await Assert.ThrowsAsync<InvalidDataException>(
            () => _store.PutAsync(new MemoryStream("hello"u8.ToArray()), new string('a', 64), default));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Path_of_a_non_digest_is_refused() =>
        Assert.Throws<ArgumentException>(() => _store.PathOf("../../etc/passwd"));

    [Fact]
    public async Task Adopted_file_is_moved_into_the_store()
    {
        var file = _store.NewFile();
        await File.WriteAllTextAsync(file, "adopted");
        var blob = _store.Adopt(file);
        Assert.False(File.Exists(file));
        Assert.NotNull(_store.Find(blob.Digest));
    }

    [Fact]
    public async Task Trim_removes_the_least_recently_used_blob()
    {
        var blobs = new[] { await PutAsync("aaaa"), await PutAsync("bbbb"), await PutAsync("cccc") };
        for (var i = 0; i < blobs.Length; i++)
            File.SetLastWriteTimeUtc(_store.PathOf(blobs[i].Digest), new DateTime(2026, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
        _store.Touch(blobs[0].Digest);
        _store.Trim(8);

        Assert.NotNull(_store.Find(blobs[0].Digest));
        Assert.Null(_store.Find(blobs[1].Digest));
        Assert.NotNull(_store.Find(blobs[2].Digest));
    }

    private Task<BlobRef> PutAsync(string text) => _store.PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), null, default);
}
