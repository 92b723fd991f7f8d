using Akka.Persistence;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// A persistent actor that handles each message as one unit of work: the events are stored together, and only then are their effects
/// carried out and answers sent. Messages that arrive meanwhile wait.
/// </summary>
public abstract class UnitOfWorkActor : ReceivePersistentActor
{
    private readonly SnapshotSchedule _snapshots = new();
    private readonly DatabaseCondition _database;
    private readonly ILogger _log;

    private protected UnitOfWorkActor(DatabaseCondition database, ILogger log)
    {
        (_database, _log) = (database, log);
        Command<SaveSnapshotSuccess>(OnSnapshotSaved);
        Command<SaveSnapshotFailure>(failure => _log.SnapshotFailed(failure.Cause.Message));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteMessagesFailure>(failure => _log.SnapshotFailed(failure.Cause.Message));
        Command<DeleteSnapshotsFailure>(failure => _log.SnapshotFailed(failure.Cause.Message));
    }

    /// <summary>The unit of work of the current message.</summary>
    private protected UnitOfWork Unit { get; } = new();

    /// <summary>The state for the next snapshot.</summary>
    private protected abstract FarmState Current { get; }

    /// <summary>
    /// Stops the actor, whose state is ahead of the database. Its supervisor starts it again, which recovers what is stored; workers and
    /// clients repeat what was not acknowledged.
    /// </summary>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _database.Failed(cause);
        _log.PersistFailed(DatabaseCondition.Reason(cause));
    }

    /// <summary>Stops the actor; its supervisor starts it again later.</summary>
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        if (_database.Failed(reason)) // it is tried every few seconds
            _log.RecoveryFailed(DatabaseCondition.Reason(reason));
    }

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _database.Failed(cause);
        _log.PersistFailed(DatabaseCondition.Reason(cause));
        throw new InvalidOperationException($"An event can't be stored: {cause.Message}", cause);
    }

    /// <summary>Records a completed recovery.</summary>
    /// <param name="snapshot">Sequence number of the recovered snapshot; null without one.</param>
    private protected void ContinueSnapshots(long? snapshot)
    {
        _database.Recovered();
        _snapshots.Continue(snapshot, LastSequenceNr);
    }

    /// <summary>Handles messages of a type, each as one unit of work.</summary>
    private protected void On<T>(Action<T> handle) => Command<T>(message =>
    {
        handle(message);
        Save();
    });

    /// <summary>Stores the unit of work, then carries out its effects.</summary>
    private protected void Save()
    {
        var (events, effects) = Unit.Take();
        if (events.Count == 0)
        {
            Run(effects);
            return;
        }

        var unsaved = events.Count;
        PersistAll(events, stored =>
        {
            KillSwitch.After(stored);
            if (--unsaved > 0)
                return;
            Run(effects);
            if (_snapshots.IsDue(events.Count, Current))
                SaveSnapshot(Current);
        });
    }

    private static void Run(IReadOnlyList<Action> effects)
    {
        foreach (var effect in effects)
            effect();
    }

    private void OnSnapshotSaved(SaveSnapshotSuccess saved)
    {
        if (_snapshots.After(saved.Metadata.SequenceNr) is not { } obsolete)
            return;
        DeleteMessages(obsolete);
        DeleteSnapshots(new SnapshotSelectionCriteria(obsolete - 1));
    }
}
