using System.Diagnostics;
using MlxVideo.Coordinator.Metrics;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Traces;

namespace MlxVideo.Coordinator.Telemetry;

/// <summary>
/// OpenTelemetry spans: one per batch, and in it one per attempt, created at its end with its actual times. A restarted coordinator begins
/// new spans for the open batches. Costs nothing while nobody listens. Used only on the farm actor's thread.
/// </summary>
internal sealed class AttemptSpans : IDisposable
{
    /// <summary>Name of the source.</summary>
    public const string SourceName = "MlxVideo.Coordinator";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Dictionary<string, Activity> _batches = new(StringComparer.Ordinal);

    /// <summary>Begins the span of a batch that an earlier process began.</summary>
    public void Continue(Batch batch) => Begin(batch.Id, batch.SubmittedAt);

    /// <summary>Creates the spans that a stored event begins or ends.</summary>
    /// <param name="ended">The attempt that it ends; null when it ends none.</param>
    public void Observe(FarmState after, IFarmEvent happened, EndedAttempt? ended)
    {
        switch (happened)
        {
            case FarmEvents.BatchSubmitted e:
                Begin(e.Batch, e.At);
                break;
            case FarmEvents.ClipFinished e:
                End(after, e.Batch);
                break;
            case FarmEvents.ClipFailed e:
                End(after, e.Batch);
                break;
            case FarmEvents.BatchCancelled e:
                End(after, e.Batch);
                break;
            default:
                if (ended is not null)
                    Create(ended);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var batch in _batches.Values)
            batch.Dispose();
        _batches.Clear();
    }

    private void Begin(string batch, DateTimeOffset at)
    {
        if (Start("batch", parent: null, at) is not { } span)
            return;
        span.SetTag("mlxvideo.batch", batch);
        _batches[batch] = span;
    }

    private void End(FarmState after, string batch)
    {
        if (after.Batches[batch] is { EndedAt: { } at } && _batches.Remove(batch, out var span))
            End(span, at);
    }

    private void Create(EndedAttempt ended)
    {
        var stage = ended.Address.Stage;
        if (Start($"stage {ended.Kind}", _batches.GetValueOrDefault(stage.Batch), ended.Live.StartedAt) is not { } span)
            return;
        span.SetTag("mlxvideo.batch", stage.Batch);
        span.SetTag("mlxvideo.row", stage.Row);
        span.SetTag("mlxvideo.stage", stage.StageId);
        span.SetTag("mlxvideo.stage.kind", ended.Kind);
        span.SetTag("mlxvideo.attempt", ended.Address.Number);
        span.SetTag("mlxvideo.attempt.speculative", ended.Live.IsSpeculative);
        span.SetTag("mlxvideo.worker", ended.Live.WorkerName);
        span.SetTag("mlxvideo.worker.id", ended.Live.Worker);
        span.SetTag("mlxvideo.outcome", MetricTags.Text(ended.Outcome));
        if (ended.Failure is { } failure)
        {
            span.SetTag("error.type", MetricTags.Text(failure));
            span.SetStatus(ActivityStatusCode.Error);
        }

        End(span, ended.Live.StartedAt + ended.Duration);
    }

    /// <summary>Starts a span without making it the current one: what the actor does meanwhile is no part of it.</summary>
    private static Activity? Start(string name, Activity? parent, DateTimeOffset at)
    {
        var current = Activity.Current;
        Activity.Current = null;
        var span = Source.StartActivity(ActivityKind.Internal, parent?.Context ?? default, startTime: at, name: name);
        Activity.Current = current;
        return span;
    }

    private static void End(Activity span, DateTimeOffset at)
    {
        span.SetEndTime(at.UtcDateTime);
        var current = Activity.Current;
        span.Dispose();
        Activity.Current = current;
    }
}
