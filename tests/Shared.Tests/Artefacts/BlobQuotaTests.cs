using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Tests.Artefacts;

public sealed class BlobQuotaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly BlobStore _store;

    public BlobQuotaTests() => _store = new BlobStore(_folder, quotaBytes: 1000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Blob_over_the_quota_is_refused_before_any_byte_is_read()
    {
        var blob = await PutAsync(600, 1);
        var content = new MemoryStream(new byte[401]);

        var refusal = await Assert.ThrowsAsync<StorageException>(() => _store.PutAsync(content, null, default, 401));

        Assert.Equal(
            (true, 0, $"The blob store {_folder} has reached its quota of 1 kB (600 bytes used, 401 bytes needed): raise --blob-quota."),
            (refusal.IsFull, content.Position, refusal.Message));
        await PutAsync(400, 2);
        _store.Delete(blob.Digest);
        await PutAsync(600, 3);
    }

    [Fact]
    public async Task Arriving_blobs_count()
    {
        var gate = new TaskCompletionSource();
        var arriving = _store.PutAsync(new GatedStream(700, gate.Task), null, default, 700);
        Assert.Equal((false, true), (_store.HasRoomFor(301), _store.HasRoomFor(300)));
        gate.SetResult();
        await arriving;
        Assert.Equal((false, true), (_store.HasRoomFor(301), _store.HasRoomFor(300)));
    }

    [Fact]
    public async Task Parts_left_by_interrupted_transfers_count_until_they_are_deleted()
    {
        var digest = new string('a', 64);
        var broken = new GatedStream(100, Task.CompletedTask, failsAfter: 60);
        await Assert.ThrowsAsync<IOException>(() => _store.PutAsync(broken, digest, default, 100, resumes: true));
        Assert.Equal(60, _store.ReceivedBytes(digest));
        Assert.Equal((false, true), (_store.HasRoomFor(941), _store.HasRoomFor(940)));

        _store.DeleteReceivedBefore(DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(60, _store.ReceivedBytes(digest));
        _store.DeleteReceivedBefore(DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(0, _store.ReceivedBytes(digest));
        Assert.True(_store.HasRoomFor(1000));
    }

    [Theory]
    [InlineData("200GB", 200_000_000_000)]
    [InlineData("1.5 TB", 1_500_000_000_000)]
    [InlineData("10kb", 10_000L)]
    [InlineData("4096", 4096L)]
    [InlineData("", null)]
    [InlineData("GB", null)]
    [InlineData("0GB", null)]
    [InlineData("-1GB", null)]
    [InlineData("1e3GB", null)]
    [InlineData("much", null)]
    [InlineData("99999999999999999999TB", null)]
    public void Sizes_are_parsed(string text, long? bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    private Task<BlobRef> PutAsync(int length, byte content)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, content);
        return _store.PutAsync(new MemoryStream(bytes), null, default, length);
    }

    private sealed class GatedStream(int length, Task gate, int failsAfter = int.MaxValue) : MemoryStream(new byte[length])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await gate;
            if (Position >= failsAfter)
                throw new IOException("The connection was reset.");
            return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, failsAfter - Position)], cancellationToken);
        }
    }
}
