using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Tests.Capabilities;

public sealed class DiskBenchmarkTests : IDisposable
{
    private const int Chunk = 4 << 20;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(3 * Chunk, 0.25, Chunk / 0.25)]
    [InlineData(8 * Chunk, 0.5, Chunk / 0.5)] // stops after a second
    [InlineData(1000, 0.25, 1000 / 0.25)]
    public void It_reads_for_a_second_at_most(int bytes, double secondsPerRead, double expected)
    {
        File.WriteAllBytes(_folder.File("weights"), new byte[bytes]);
        var clock = new SteppingClock(secondsPerRead);
        Assert.Equal(expected, DiskBenchmark.BytesPerSecond(_folder.File("weights"), clock), 3);
        Assert.True(clock.Seconds <= 1);
    }

    [Fact]
    public void An_empty_file_tells_nothing()
    {
        File.WriteAllBytes(_folder.File("weights"), []);
        Assert.Equal(0, DiskBenchmark.BytesPerSecond(_folder.File("weights"), new SteppingClock(1)));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A clock that moves on each time it is looked at.</summary>
    private sealed class SteppingClock(double step) : TimeProvider
    {
        private const long PerSecond = 1000;
        private long _looks;

        public override long TimestampFrequency => PerSecond;

        public double Seconds => (_looks - 1) * step;

        public override long GetTimestamp() => (long)(_looks++ * step * PerSecond);
    }
}
