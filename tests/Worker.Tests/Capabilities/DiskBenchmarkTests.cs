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
    public void Benchmark_reads_for_at_most_one_second(int bytes, double secondsPerRead, double expected)
    {
        File.WriteAllBytes(_folder.File("weights"), new byte[bytes]);
        var clock = new SteppingClock(secondsPerRead);
        Assert.Equal(expected, DiskBenchmark.BytesPerSecond(_folder.File("weights"), clock), 3);
        Assert.True(clock.Seconds <= 1);
    }

    [Fact]
    public void Empty_file_measures_zero()
    {
        File.WriteAllBytes(_folder.File("weights"), []);
        Assert.Equal(0, DiskBenchmark.BytesPerSecond(_folder.File("weights"), new SteppingClock(1)));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A clock that advances by a fixed step at each reading.</summary>
    private sealed class SteppingClock(double step) : TimeProvider
    {
        private const long PerSecond = 1000;
        private long _looks;

        public override long TimestampFrequency => PerSecond;

        public double Seconds => (_looks - 1) * step;

        public override long GetTimestamp() => (long)(_looks++ * step * PerSecond);
    }
}
