using System.Diagnostics;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>
/// Decoded tiles from two workers to the coordinator through the real data plane, beside raw TCP copies of the same bytes in the same run,
/// with the round trips of the control plane during each.
/// </summary>
internal sealed class TransferBenchmark(TransferOptions options, Action<string> progress)
{
    private const int Workers = 2;
    private const double Megabyte = 1e6;
    private const int Seed = 1;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(3);

    /// <summary>Runs the benchmark.</summary>
    public async Task<TransferReport> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mlx-video-transfer-").FullName;
        try
        {
            var random = new Random(Seed);
            var tiles = Enumerable.Range(0, Workers).Select(worker => Enumerable.Range(0, options.Tiles)
                .Select(tile => Tile.Create(Path.Combine(folder, $"{worker}-{tile}"), options.Mebibytes, random)).ToList()).ToList();
            var received = Directory.CreateDirectory(Path.Combine(folder, "received")).FullName;
            using var raw = await RawCopy.StartAsync(received);
            var idle = new RoundTrips(0, 0, 0, 0, 0);
            var results = new List<TransferResult>();
            foreach (var security in Enum.GetValues<TransferSecurity>())
            {
                await using var target = await CoordinatorTarget.StartAsync(Path.Combine(folder, $"coordinator-{security}"), security);
                await using var probe = await ClusterProbe.JoinAsync(target.Cluster, target.Tls);
                progress($"round trips without transfers ({security})");
                idle = RoundTrips.Of(await probe.DuringAsync(Task.Delay(IdleTime)));
                results.Add(await MeasureAsync(security, target, raw, probe, tiles));
            }

            return new TransferReport(Workers, options.Tiles, options.Mebibytes, options.Rounds, idle, results);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures in rounds of one run each: temporary disturbances of the machine then affect all of them.</summary>
    private async Task<TransferResult> MeasureAsync(
        TransferSecurity security, CoordinatorTarget target, RawCopy raw, ClusterProbe probe, IReadOnlyList<IReadOnlyList<Tile>> tiles)
    {
        var (put, memory, file) = (new Measurement(), new Measurement(), new Measurement());
        for (var round = 0; round <= options.Rounds; round++)
        {
            progress(round == 0 ? "warming up" : $"round {round} of {options.Rounds}");
            foreach (var tile in tiles.SelectMany(each => each))
                tile.Renew();
            await put.AddAsync(round, probe, () => FromAllAsync(tiles, target.SendAsync));
            foreach (var tile in tiles.SelectMany(each => each))
                target.Delete(tile);
            await memory.AddAsync(round, probe, () => FromAllAsync(tiles, tile => raw.SendAsync(tile, toFile: false)));
            await file.AddAsync(round, probe, () => FromAllAsync(tiles, tile => raw.SendAsync(tile, toFile: true)));
        }

        var megabytes = tiles.SelectMany(each => each).Sum(tile => tile.Blob.Length) / Megabyte;
        return new TransferResult(
            security.ToString().ToLowerInvariant(), put.Throughput(megabytes), memory.Throughput(megabytes), file.Throughput(megabytes),
            put.RatioTo(memory), put.RatioTo(file));
    }

    /// <summary>Each worker sends its tiles one after the other; the workers send at the same time.</summary>
    private static Task FromAllAsync(IReadOnlyList<IReadOnlyList<Tile>> tiles, Func<Tile, Task> send) =>
        Task.WhenAll(tiles.Select(ofWorker => Task.Run(async () =>
        {
            foreach (var tile in ofWorker)
                await send(tile);
        })));

    private sealed class Measurement
    {
        private readonly List<double> _seconds = [];
        private readonly List<double> _roundTrips = [];

        /// <summary>Runs and measures an action; round 0 warms up.</summary>
        public async Task AddAsync(int round, ClusterProbe probe, Func<Task> action)
        {
            var began = Stopwatch.GetTimestamp();
            var ended = TimedAsync(action, began);
            var roundTrips = await probe.DuringAsync(ended);
            if (round == 0)
                return;
            _seconds.Add(await ended);
            _roundTrips.AddRange(roundTrips);
        }

        public Throughput Throughput(double megabytes) => new(Math.Round(megabytes / Median(_seconds), 1), RoundTrips.Of(_roundTrips));

        public double RatioTo(Measurement other) =>
            Math.Round(Median(_seconds.Zip(other._seconds, (own, others) => others / own).ToList()), 3);

        private static async Task<double> TimedAsync(Func<Task> action, long began)
        {
            await action();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        private static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
