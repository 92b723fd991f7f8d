using System.Text;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Offloading;

public sealed class EvaluationRelayTests : IDisposable
{
    private static readonly OffloadAddress Offload = new(new AttemptAddress(new StageAddress("b1", 1, "denoise-1"), 1), 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-").FullName;
    private readonly EvaluationRelay _relay;

    public EvaluationRelayTests()
    {
        _relay = new EvaluationRelay(new BlobStore(_folder));
        _relay.Open(Offload);
    }

    [Fact]
    public async Task Waiting_receiver_gets_the_next_transfer_of_its_direction()
    {
        var tokens = NextAsync(OffloadDirection.Tokens, -1);
        var velocities = NextAsync(OffloadDirection.Velocities, -1);
        Assert.True(await PutAsync(OffloadDirection.Tokens, 3, "tokens of 3"));
        Assert.Equal((3, 2, "tokens of 3"), await tokens);
        Assert.False(velocities.IsCompleted);
        Assert.True(await PutAsync(OffloadDirection.Velocities, 3, "velocities of 3"));
        Assert.Equal((3, 2, "velocities of 3"), await velocities);
    }

    [Fact]
    public async Task Only_the_latest_step_is_kept()
    {
        await PutAsync(OffloadDirection.Tokens, 1, "one");
        await PutAsync(OffloadDirection.Tokens, 2, "two");
        await PutAsync(OffloadDirection.Tokens, 1, "late");
        Assert.Equal((2, 2, "two"), await NextAsync(OffloadDirection.Tokens, -1));
        Assert.Single(Files());
        var next = NextAsync(OffloadDirection.Tokens, 2);
        Assert.False(next.IsCompleted);
        await PutAsync(OffloadDirection.Tokens, 3, "three");
        Assert.Equal((3, 2, "three"), await next);
    }

    [Fact]
    public async Task Ended_offload_leaves_no_files_and_releases_waiting_receivers()
    {
        await PutAsync(OffloadDirection.Tokens, 0, "tokens");
        var waiting = NextAsync(OffloadDirection.Velocities, -1);
        _relay.Close(Offload);
        Assert.Null(await waiting);
        Assert.Null(await NextAsync(OffloadDirection.Tokens, -1));
        Assert.False(await PutAsync(OffloadDirection.Velocities, 0, "late"));
        Assert.False(
            await _relay.PutAsync(Offload with { Number = 2 }, OffloadDirection.Tokens, 0, 1, new MemoryStream(), CancellationToken.None));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Interrupted_transfer_leaves_no_files()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _relay.PutAsync(Offload, OffloadDirection.Tokens, 0, 1, new MemoryStream([1]), new CancellationToken(canceled: true)));
        Assert.Empty(Files());
    }

    public void Dispose()
    {
        _relay.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string[] Files() => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);

    private Task<bool> PutAsync(OffloadDirection direction, int step, string text) =>
        _relay.PutAsync(Offload, direction, step, 2, new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

    private async Task<(int Step, int Evaluations, string Text)?> NextAsync(OffloadDirection direction, int after)
    {
        if (await _relay.NextAsync(Offload, direction, after, CancellationToken.None) is not { } next)
            return null;
        using var reader = new StreamReader(next.Content);
        return (next.Step, next.Evaluations, await reader.ReadToEndAsync());
    }
}
