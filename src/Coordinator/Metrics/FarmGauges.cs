using System.Diagnostics.Metrics;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>
/// Gauges of the farm's latest published state. Nothing is reported before the farm has recovered. Safe for concurrent use.
/// </summary>
internal sealed class FarmGauges
{
    private readonly TimeProvider _time;
    private volatile Published? _latest;

    public FarmGauges(Meter meter, TimeProvider time)
    {
        _time = time;
        Gauge(meter, "mlxvideo.batches.open", "{batch}", "Batches with open clips.", farm => [new(farm.Snapshot.State.Open.Count)]);
        Gauge(meter, "mlxvideo.clips", "{clip}", "Clips of open batches by state.", farm =>
            farm.Counts.Clips.Select(each => Measured(each.Value, (MetricTags.State, MetricTags.Text(each.Key)))));
        Gauge(meter, "mlxvideo.stages", "{stage}", "Stages of open clips by kind and state.", farm =>
            farm.Counts.Stages.Select(each => Measured(
                each.Value, (MetricTags.Kind, each.Key.Kind), (MetricTags.State, MetricTags.Text(each.Key.State)))));
        Gauge(meter, "mlxvideo.workers", "{worker}", "Workers in the farm by state.", farm =>
            farm.Counts.Workers.Select(each => Measured(each.Value, (MetricTags.State, MetricTags.Text(each.Key)))));
        Gauge(meter, "mlxvideo.queue.age", "s", "Age of the oldest clip of which no stage has started; 0 when there is none.", farm =>
            [new(AgeOf(farm))]);
        Gauge(meter, "mlxvideo.worker.speed", "{teraoperation}/s", "Learned speed in 10^12 operations per second by stage kind.", Speeds);
        Gauge(meter, "mlxvideo.worker.relative_speed", "1", "Current speed relative to the usual one; below 1 when hot.", farm =>
            farm.Snapshot.State.Workers.Values.Select(worker => Measured(
                1 / farm.Snapshot.Profiles.Speeds.PaceOf(worker.Id), (MetricTags.Worker, worker.Name), (MetricTags.WorkerId, worker.Id))));
        Gauge(meter, "mlxvideo.worker.link.speed", "By/s", "Learned transfer speed between a worker and the coordinator.", farm =>
            farm.Snapshot.State.Workers.Values.Select(worker => Measured(
                farm.Snapshot.Profiles.Of(worker).LinkBytesPerSecond,
                (MetricTags.Worker, worker.Name), (MetricTags.WorkerId, worker.Id))));
        meter.CreateObservableCounter(
            "mlxvideo.journal.events", () => _latest is { } farm ? [new Measurement<long>(farm.Events)] : Array.Empty<Measurement<long>>(),
            "{event}", "Events ever stored, also by earlier processes.");
    }

    /// <summary>Replaces the state.</summary>
    public void Publish(FarmSnapshot farm, DateTimeOffset now, long events) =>
        _latest = new Published(farm, now, _time.GetTimestamp(), events);

    private static Measurement<double> Measured(double value, params ReadOnlySpan<(string Name, string Value)> tags)
    {
        var attributes = new KeyValuePair<string, object?>[tags.Length];
        for (var index = 0; index < tags.Length; index++)
            attributes[index] = MetricTags.Of(tags[index].Name, tags[index].Value);
        return new Measurement<double>(value, attributes);
    }

    private static IEnumerable<Measurement<double>> Speeds(Published farm) =>
        from worker in farm.Snapshot.State.Workers.Values
        let capabilities = worker.Capabilities
        from kind in StageKinds.All
        where farm.Snapshot.Profiles.Speeds.Rates.ContainsKey(new ThroughputKey(worker.Id, capabilities.Precision, kind.Id, Bucket: null))
        select Measured(
            1 / farm.Snapshot.Profiles.Speeds.SecondsPerTeraOperation(
                worker.Id, capabilities.Precision, capabilities.TeraflopsPerSecond, kind.Id),
            (MetricTags.Kind, kind.Id), (MetricTags.Worker, worker.Name), (MetricTags.WorkerId, worker.Id));

    private void Gauge(
        Meter meter, string name, string unit, string description, Func<Published, IEnumerable<Measurement<double>>> observe) =>
        meter.CreateObservableGauge(name, () => _latest is { } farm ? observe(farm) : [], unit, description);

    /// <summary>Measures with the monotonic clock since the publication: the wall clock may have been set.</summary>
    private double AgeOf(Published farm) => farm.Counts.OldestWaiting is { } submitted
        ? Math.Max(0, (farm.At - submitted + _time.GetElapsedTime(farm.Timestamp)).TotalSeconds)
        : 0;

    /// <summary>A published state.</summary>
    /// <param name="At">The farm's time of the publication.</param>
    /// <param name="Timestamp">The monotonic time of the publication.</param>
    /// <param name="Events">Number of events ever stored.</param>
    private sealed record Published(FarmSnapshot Snapshot, DateTimeOffset At, long Timestamp, long Events)
    {
        private readonly Lazy<FarmCounts> _counts = new(() => FarmCounts.Of(Snapshot.State));

        /// <summary>The counts, computed by the first reader.</summary>
        public FarmCounts Counts => _counts.Value;
    }
}
