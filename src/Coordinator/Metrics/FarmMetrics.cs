using System.Diagnostics.Metrics;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>
/// The farm's metrics (docs/observability.md). Counters are updated by the farm's actor when an event has been stored; gauges are computed
/// from its latest published state when they are read, on the reader's thread.
/// </summary>
public sealed class FarmMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "MlxVideo.Coordinator";

    private readonly FarmGauges _gauges;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _endedClips;

    public FarmMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(MeterName);
        _gauges = new FarmGauges(meter, time);
        _duration = meter.CreateHistogram(
            "mlxvideo.stage.duration", "s", "Time of successful attempts, including fetching, loading and sending.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
            });
        _attempts = meter.CreateCounter<long>("mlxvideo.attempts", "{attempt}", "Ended attempts.");
        _retries = meter.CreateCounter<long>(
            "mlxvideo.retries", "{attempt}", "Attempts at stages that had an attempt before, without speculative ones.");
        _endedClips = meter.CreateCounter<long>("mlxvideo.clips.ended", "{clip}", "Ended clips.");
    }

    /// <summary>Publishes the farm's stored state, from which gauges are computed. Costs nothing: states are immutable.</summary>
    /// <param name="now">The farm's time.</param>
    /// <param name="events">Number of events ever stored.</param>
    internal void Publish(FarmSnapshot farm, DateTimeOffset now, long events) => _gauges.Publish(farm, now, events);

    /// <summary>Counts the effects of a stored event.</summary>
    /// <param name="ended">The attempt that it ends; null when it ends none.</param>
    internal void Count(FarmState before, FarmState after, IFarmEvent happened, EndedAttempt? ended)
    {
        if (ended is not null)
            Count(ended);
        switch (happened)
        {
            case FarmEvents.AttemptStarted { IsSpeculative: false, Attempt: { Number: > 1 } attempt }:
                _retries.Add(1, MetricTags.Of(MetricTags.Kind, after.ClipOf(attempt.Stage)?.Work[attempt.Stage.StageId].Kind));
                break;
            case FarmEvents.ClipFinished:
                CountClips(ClipState.Finished, 1);
                break;
            case FarmEvents.ClipFailed:
                CountClips(ClipState.Failed, 1);
                break;
            case FarmEvents.BatchCancelled e:
                CountClips(ClipState.Cancelled, Cancelled(after, e) - Cancelled(before, e));
                break;
        }
    }

    private static int Cancelled(FarmState state, FarmEvents.BatchCancelled e) =>
        state.Batches[e.Batch].Clips.Values.Count(clip => clip.State == ClipState.Cancelled);

    private void Count(EndedAttempt ended)
    {
        var kind = MetricTags.Of(MetricTags.Kind, ended.Kind);
        var outcome = MetricTags.Of(MetricTags.Outcome, MetricTags.Text(ended.Outcome));
        if (ended.Failure is { } failure)
            _attempts.Add(1, kind, outcome, MetricTags.Of(MetricTags.Error, MetricTags.Text(failure)));
        else
            _attempts.Add(1, kind, outcome);
        if (ended.Outcome == AttemptOutcome.Succeeded)
            _duration.Record(ended.Duration.TotalSeconds, kind, MetricTags.Of(MetricTags.Worker, ended.Live.WorkerName));
    }

    private void CountClips(ClipState state, int count)
    {
        if (count > 0)
            _endedClips.Add(count, MetricTags.Of(MetricTags.State, MetricTags.Text(state)));
    }
}
