using MlxVideo.Worker.Engine.Processes;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineRestartsTests
{
    [Fact]
    public void Pauses_between_failed_starts_grow_until_one_succeeds()
    {
        var clock = new ManualClock();
        var restarts = new EngineRestarts(clock);
        Assert.False(restarts.IsPaused);

        var pauses = new List<int>();
        for (var failure = 0; failure < 10; failure++)
        {
            restarts.Failed("The disk is gone.");
            var seconds = 0;
            for (; restarts.IsPaused; seconds++)
                clock.Advance(TimeSpan.FromSeconds(1));
            pauses.Add(seconds);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 640, 640], pauses);
        Assert.Equal("The disk is gone.", restarts.Problem);
        restarts.Succeeded();
        Assert.Null(restarts.Problem);
        restarts.Failed("The disk is gone.");
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(restarts.IsPaused);
    }
}
