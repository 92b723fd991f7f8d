using MlxVideo.Worker.Models;
using MlxVideo.Worker.Tests.Engine;

namespace MlxVideo.Worker.Tests.Models;

public sealed class FetchProgressTests
{
    private const long Gigabyte = 1_000_000_000;

    private readonly ManualClock _clock = new();

    [Fact]
    public void Line_has_share_size_rate_and_remaining_time()
    {
        var progress = new FetchProgress(40 * Gigabyte, startBytes: 0, _clock);
        Assert.Equal("0 % (0 bytes of 40 GB), 0 bytes/s", progress.Describe(0));
        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("12 % (5 GB of 40 GB), 100 MB/s, 5:50 left", progress.Describe(5 * Gigabyte));
    }

    [Fact]
    public void Rate_excludes_what_an_earlier_fetch_left()
    {
        var progress = new FetchProgress(40 * Gigabyte, startBytes: 30 * Gigabyte, _clock);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("77 % (31 GB of 40 GB), 100 MB/s, 1:30 left", progress.Describe(31 * Gigabyte));
    }
}
