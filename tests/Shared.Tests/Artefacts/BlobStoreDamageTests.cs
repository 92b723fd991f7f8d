using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Tests.Artefacts;

/// <summary>Blobs with files that were truncated, changed or deleted.</summary>
public sealed class BlobStoreDamageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("truncated")]
    [InlineData("changed")]
    [InlineData("extended")]
    [InlineData("deleted")]
    public async Task Damaged_blob_is_removed_and_counts_as_missing(string damage)
    {
        var store = new BlobStore(_folder);
        var blob = await PutAsync(store);
        Damage(store.PathOf(blob.Digest), damage);

        Assert.Null(await store.FindVerifiedAsync(blob.Digest, default));
        Assert.Null(store.Find(blob.Digest));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));

        Assert.Equal(blob, await PutAsync(store));
        Assert.Equal(blob, await store.FindVerifiedAsync(blob.Digest, default));
    }

    [Fact]
    public async Task Blob_that_was_damaged_while_no_process_ran_is_found_out_before_its_first_use()
    {
        var blob = await PutAsync(new BlobStore(_folder));
        var path = new BlobStore(_folder).PathOf(blob.Digest);
        ChangeUnnoticed(path);
        Assert.Null(await new BlobStore(_folder).FindVerifiedAsync(blob.Digest, default));
    }

    [Fact]
    public async Task Verified_blob_is_read_again_only_on_request()
    {
        var store = new BlobStore(_folder);
        var blob = await PutAsync(store);
        store.Touch(blob.Digest);
        ChangeUnnoticed(store.PathOf(blob.Digest));

        Assert.Equal(blob, await store.FindVerifiedAsync(blob.Digest, default));
        Assert.Null(await store.FindVerifiedAsync(blob.Digest, default, again: true));
    }

    [Fact]
    public async Task Damaged_blob_is_replaced_by_new_content()
    {
        var store = new BlobStore(_folder);
        var blob = await PutAsync(store);
        Damage(store.PathOf(blob.Digest), "changed");
        var file = store.NewFile();
        await File.WriteAllTextAsync(file, "hello");
        store.Adopt(file);
        Assert.Equal("hello", await File.ReadAllTextAsync(store.PathOf(blob.Digest)));
    }

    [Fact]
    public async Task Concurrent_checks_of_a_damaged_blob_all_report_it_missing()
    {
        var blob = await PutAsync(new BlobStore(_folder));
        var store = new BlobStore(_folder);
        Damage(store.PathOf(blob.Digest), "changed");
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.FindVerifiedAsync(blob.Digest, default)));
        Assert.All(found, Assert.Null);
    }

    private static Task<BlobRef> PutAsync(BlobStore store) => store.PutAsync(new MemoryStream("hello"u8.ToArray()), null, default);

    private static void Damage(string path, string damage)
    {
        switch (damage)
        {
            case "truncated":
                File.WriteAllText(path, "hell");
                break;
            case "changed":
                File.WriteAllText(path, "hullo");
                File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1)); // a coarse clock may not have ticked
                break;
            case "extended":
                File.AppendAllText(path, "!");
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    /// <summary>Changes the content like a failing disk: neither the length nor the time changes.</summary>
    private static void ChangeUnnoticed(string path)
    {
        var time = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "hullo");
        File.SetLastWriteTimeUtc(path, time);
    }
}
