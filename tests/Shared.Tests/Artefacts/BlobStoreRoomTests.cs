using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Tests.Artefacts;

public sealed class BlobStoreRoomTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly SmallVolume _volume;
    private readonly BlobStore _store;

    public BlobStoreRoomTests() => (_volume, _store) = Create();

    public static TheoryData<Exception> FullDisks =>
    [
        new IOException("ENOSPC", 28),
        new IOException("EDQUOT", OperatingSystem.IsMacOS() ? 69 : 122),
        new IOException("EFBIG", 27),
        new InvalidOperationException("outer", new IOException("ENOSPC", 28)),
        new ArgumentOutOfRangeException("value", "Specified file length was too large for the file system."),
    ];

    public static TheoryData<Exception> OtherFailures =>
    [
        new IOException("EIO", 5),
        new UnauthorizedAccessException(),
        new ArgumentOutOfRangeException("value", "Non-negative number required."),
        new InvalidDataException(),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Blob_that_would_use_reserved_space_is_refused_before_any_byte_is_read()
    {
        (_volume.Free, _volume.Reserve) = (1000, 400);
        var content = new CountingStream(601);
        var refusal = await Assert.ThrowsAsync<StorageException>(() => _store.PutAsync(content, null, CancellationToken.None, 601));
        Assert.Equal((true, 601, 0), (refusal.IsFull, refusal.NeededBytes, content.Read));
        Assert.Contains($"The disk that holds {_folder} is full (1 kB free, 601 bytes needed)", refusal.Message);

        await _store.PutAsync(new CountingStream(600), null, CancellationToken.None, 600);
    }

    [Fact]
    public async Task Concurrent_writes_reserve_separate_disk_space()
    {
        (_volume.Free, _volume.Reserve) = (1000, 0);
        var first = new CountingStream(700) { Gate = new TaskCompletionSource() };
        var arriving = _store.PutAsync(first, null, CancellationToken.None, 700);
        await Assert.ThrowsAsync<StorageException>(() => _store.PutAsync(new CountingStream(400), null, CancellationToken.None, 400));
        first.Gate.SetResult();
        await arriving;
        await _store.PutAsync(new CountingStream(400), null, CancellationToken.None, 400);
    }

    [Fact]
    public async Task Source_read_failure_is_not_reported_as_a_storage_failure()
    {
        var broken = new CountingStream(10) { Gate = new TaskCompletionSource() };
        broken.Gate.SetException(new IOException("The connection was reset."));
        await Assert.ThrowsAsync<IOException>(() => _store.PutAsync(broken, null, CancellationToken.None, 10));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [MemberData(nameof(FullDisks))]
    public void Full_disk_exceptions_are_recognised(Exception ex)
    {
        Assert.True(OutOfSpace.Is(ex));
        Assert.True(_store.Explain(ex)!.IsFull);
    }

    [Theory]
    [MemberData(nameof(OtherFailures))]
    public void Other_exceptions_are_not_classified_as_a_full_disk(Exception ex) => Assert.False(OutOfSpace.Is(ex));

    [Fact]
    public void Operating_system_error_for_a_full_device_is_recognised()
    {
        if (!OperatingSystem.IsLinux())
            return; // /dev/full exists only on Linux
        var ex = Assert.ThrowsAny<Exception>(() => File.WriteAllText("/dev/full", "x"));
        Assert.True(OutOfSpace.Is(ex), ex.ToString());
    }

    [Fact]
    public async Task Only_blobs_without_recent_use_are_deleted_as_unused()
    {
        var since = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        var (old, used) = (
            await _store.PutAsync(new CountingStream(1), null, CancellationToken.None),
            await _store.PutAsync(new CountingStream(2), null, CancellationToken.None));
        foreach (var blob in new[] { old, used })
            File.SetLastWriteTimeUtc(_store.PathOf(blob.Digest), DateTime.UtcNow - TimeSpan.FromHours(2));
        _store.Touch(used.Digest);

        Assert.True(_store.DeleteUnused(old.Digest, since));
        Assert.False(_store.DeleteUnused(used.Digest, since));
        Assert.False(_store.DeleteUnused(old.Digest, since));
        Assert.Equal(used.Digest, Assert.Single(_store.List()).Digest);
    }

    [Fact]
    public void Unfinished_files_and_clips_left_by_an_earlier_process_are_deleted()
    {
        File.WriteAllText(_store.NewFile(), "half a blob");
        var clip = Directory.CreateDirectory(_store.NewFile() + ".partial").FullName;
        File.WriteAllText(Path.Combine(clip, "clip.mp4"), "half a clip");
        _store.DeleteUnfinished();
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(clip));
    }

    private (SmallVolume, BlobStore) Create()
    {
        var volume = new SmallVolume(_folder);
        return (volume, new BlobStore(_folder, volume));
    }

    private sealed class SmallVolume(string folder) : Volume(folder)
    {
        public long Free { get; set; } = 1 << 30;

        public long Reserve { get; set; }

        public override long FreeBytes => Free;

        public override long ReserveBytes => Reserve;
    }

    /// <summary>A stream of zeros that counts the bytes read.</summary>
    private sealed class CountingStream(int length) : MemoryStream(new byte[length])
    {
        public TaskCompletionSource? Gate { get; init; }

        public new int Read { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Gate is not null)
                await Gate.Task;
            var read = await base.ReadAsync(buffer, cancellationToken);
            Read += read;
            return read;
        }
    }
}
