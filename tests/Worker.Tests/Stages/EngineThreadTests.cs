using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

public sealed class EngineThreadTests
{
    [Fact]
    public async Task A_thread_that_computes_on_is_not_waited_for_without_end()
    {
        using var thread = new EngineThread();
        using var begun = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var computing = thread.Run(() =>
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
    public void An_idle_thread_stops_at_once()
    {
        using var thread = new EngineThread();
        Assert.True(thread.TryStop(TimeSpan.FromSeconds(30)));
    }
}
