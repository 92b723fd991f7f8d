using MlxVideo.Worker.Engine;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineThreadTests
{
    [Fact]
    public async Task Stop_does_not_wait_indefinitely_for_a_busy_thread()
    {
        using var thread = new EngineThread();
        using var begun = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var computing = thread.RunAsync(() =>
        {
            begun.Set();
            end.Wait();
        });
        begun.Wait();

        Assert.False(thread.TryStop(TimeSpan.FromMilliseconds(20)));
        end.Set();
        await computing;
        Assert.True(thread.TryStop(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Idle_thread_stops_immediately()
    {
        using var thread = new EngineThread();
        Assert.True(thread.TryStop(TimeSpan.FromSeconds(30)));
    }
}
