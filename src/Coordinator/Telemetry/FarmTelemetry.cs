using MlxVideo.Coordinator.Metrics;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Telemetry;

/// <summary>Metrics and spans of one run of the farm's actor. Used only on its thread.</summary>
internal sealed class FarmTelemetry(FarmMetrics metrics) : IDisposable
{
    private readonly AttemptSpans _spans = new();

    /// <summary>Takes over a recovered state.</summary>
    public void Recover(FarmState state)
    {
        foreach (var batch in state.Open)
            _spans.Continue(state.Batches[batch]);
    }

    /// <summary>Records the effects of a stored event.</summary>
    public void Observe(FarmState before, FarmState after, IFarmEvent happened)
    {
        var ended = EndedAttempt.Of(before, happened);
        metrics.Count(before, after, happened, ended);
        _spans.Observe(after, happened, ended);
    }

    /// <summary>Publishes the stored state.</summary>
    /// <param name="now">The farm's time.</param>
    /// <param name="events">Number of events ever stored.</param>
    public void Publish(FarmSnapshot farm, DateTimeOffset now, long events) => metrics.Publish(farm, now, events);

    /// <inheritdoc/>
    public void Dispose() => _spans.Dispose();
}
