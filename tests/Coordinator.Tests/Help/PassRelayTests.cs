using System.Text;
using MlxVideo.Coordinator.Help;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Help;

public sealed class PassRelayTests : IDisposable
{
    private static readonly HelpAddress Help = new(new AttemptAddress(new TaskAddress("b1", 1, "denoise-1"), 1), 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-").FullName;
    private readonly PassRelay _relay;

    public PassRelayTests()
    {
        _relay = new PassRelay(new BlobStore(_folder));
        _relay.Open(Help);
    }

    [Fact]
    public async Task Who_waits_gets_what_is_sent_later_in_its_own_direction()
    {
        var tokens = Next(HelpDirection.Tokens, -1);
        var velocities = Next(HelpDirection.Velocities, -1);
        Assert.True(await Put(HelpDirection.Tokens, 3, "tokens of 3"));
        Assert.Equal((3, 2, "tokens of 3"), await tokens);
        Assert.False(velocities.IsCompleted);
        Assert.True(await Put(HelpDirection.Velocities, 3, "velocities of 3"));
        Assert.Equal((3, 2, "velocities of 3"), await velocities);
    }

    [Fact]
    public async Task Only_the_newest_step_is_kept()
    {
        await Put(HelpDirection.Tokens, 1, "one");
        await Put(HelpDirection.Tokens, 2, "two");
        await Put(HelpDirection.Tokens, 1, "late");
        Assert.Equal((2, 2, "two"), await Next(HelpDirection.Tokens, -1));
        Assert.Single(Files());
        var next = Next(HelpDirection.Tokens, 2);
        Assert.False(next.IsCompleted);
        await Put(HelpDirection.Tokens, 3, "three");
        Assert.Equal((3, 2, "three"), await next);
    }

    [Fact]
    public async Task Nothing_is_left_when_the_help_is_over_and_who_waits_learns_it()
    {
        await Put(HelpDirection.Tokens, 0, "tokens");
        var waiting = Next(HelpDirection.Velocities, -1);
        _relay.Close(Help);
        Assert.Null(await waiting);
        Assert.Null(await Next(HelpDirection.Tokens, -1));
        Assert.False(await Put(HelpDirection.Velocities, 0, "late"));
        Assert.False(await _relay.Put(Help with { Number = 2 }, HelpDirection.Tokens, 0, 1, new MemoryStream(), CancellationToken.None));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _relay.Put(Help, HelpDirection.Tokens, 0, 1, new MemoryStream([1]), new CancellationToken(canceled: true)));
        Assert.Empty(Files());
    }

    public void Dispose()
    {
        _relay.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string[] Files() => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);

    private Task<bool> Put(HelpDirection direction, int step, string text) =>
        _relay.Put(Help, direction, step, 2, new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

    private async Task<(int Step, int Passes, string Text)?> Next(HelpDirection direction, int after)
    {
        if (await _relay.Next(Help, direction, after, CancellationToken.None) is not { } next)
            return null;
        using var reader = new StreamReader(next.Content);
        return (next.Step, next.Passes, await reader.ReadToEndAsync());
    }
}
