using MlxVideo.Cluster.Blobs;

namespace MlxVideo.Cluster.Tests.Blobs;

public sealed class TransferSlotsTests
{
    [Fact]
    public async Task Transfer_beyond_the_limit_waits_until_another_ends()
    {
        using var slots = new TransferSlots(1, Timeout.InfiniteTimeSpan);
        var first = await slots.TryEnterAsync(default);
        var second = slots.TryEnterAsync(default);
        Assert.False(second.IsCompleted);
        first!.Dispose();
        Assert.NotNull(await second);
    }

    [Fact]
    public async Task Transfer_is_refused_when_no_other_ends_in_time()
    {
        using var slots = new TransferSlots(2, TimeSpan.Zero);
        using var first = await slots.TryEnterAsync(default);
        var second = await slots.TryEnterAsync(default);
        Assert.Null(await slots.TryEnterAsync(default));
        second!.Dispose();
        Assert.NotNull(await slots.TryEnterAsync(default));
    }

    [Fact]
    public async Task Cancelled_wait_takes_no_slot()
    {
        using var slots = new TransferSlots(1, Timeout.InfiniteTimeSpan);
        using var cancellation = new CancellationTokenSource();
        var first = await slots.TryEnterAsync(default);
        var cancelled = slots.TryEnterAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first!.Dispose();
        Assert.NotNull(await slots.TryEnterAsync(default));
    }
}
