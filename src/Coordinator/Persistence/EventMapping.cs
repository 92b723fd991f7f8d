using MlxVideo.Farm.Events;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>Converts the farm's events to and from their stored form.</summary>
internal static class EventMapping
{
    public static StoredEvents.BatchSubmitted ToStored(FarmEvents.BatchSubmitted e) =>
        new(e.Batch, StoredRequest.Of(e.Request), e.Model, StoredBinding.Of(e.Binding), StoredTime.Of(e.At));

    public static FarmEvents.BatchSubmitted ToDomain(StoredEvents.BatchSubmitted e) =>
        new(e.Batch, e.Request.ToDomain(), e.Model, e.Binding?.ToDomain(), StoredTime.ToTime(e.At));

    public static StoredEvents.BatchBound ToStored(FarmEvents.BatchBound e) =>
        new(e.Batch, StoredBinding.Of(e.Binding)!, StoredTime.Of(e.At));

    public static FarmEvents.BatchBound ToDomain(StoredEvents.BatchBound e) =>
        new(e.Batch, e.Binding.ToDomain(), StoredTime.ToTime(e.At));

    public static StoredEvents.PriorityChanged ToStored(FarmEvents.PriorityChanged e) =>
        new(e.Batch, [.. e.Rows], e.Priority, StoredTime.Of(e.At));

    public static FarmEvents.PriorityChanged ToDomain(StoredEvents.PriorityChanged e) =>
        new(e.Batch, e.Rows ?? [], e.Priority, StoredTime.ToTime(e.At));

    public static StoredEvents.DeadlineChanged ToStored(FarmEvents.DeadlineChanged e) =>
        new(e.Batch, [.. e.Rows], StoredTime.Of(e.Deadline), StoredTime.Of(e.At));

    public static FarmEvents.DeadlineChanged ToDomain(StoredEvents.DeadlineChanged e) =>
        new(e.Batch, e.Rows ?? [], StoredTime.ToTime(e.Deadline), StoredTime.ToTime(e.At));

    public static StoredEvents.ClipRetried ToStored(FarmEvents.ClipRetried e) =>
        new(e.Batch, e.Row, [.. e.Stages], StoredTime.Of(e.At));

    public static FarmEvents.ClipRetried ToDomain(StoredEvents.ClipRetried e) =>
        new(e.Batch, e.Row, e.Stages ?? [], StoredTime.ToTime(e.At));

    public static StoredEvents.WorkerJoined ToStored(FarmEvents.WorkerJoined e) => new(
        e.Worker, e.Epoch, e.Name, e.Device, e.Model, e.ModelName, e.Capabilities, StoredTime.Of(e.At));

    public static FarmEvents.WorkerJoined ToDomain(StoredEvents.WorkerJoined e) => new(
        e.Worker, e.Epoch, e.Name, e.Device, e.Model, e.ModelName, e.Capabilities, StoredTime.ToTime(e.At));

    public static StoredEvents.WorkerLeft ToStored(FarmEvents.WorkerLeft e) => new(e.Worker, StoredTime.Of(e.At));

    public static FarmEvents.WorkerLeft ToDomain(StoredEvents.WorkerLeft e) => new(e.Worker, StoredTime.ToTime(e.At));

    public static StoredEvents.WorkerConditionChanged ToStored(FarmEvents.WorkerConditionChanged e) =>
        new(e.Worker, e.Problem, StoredTime.Of(e.At));

    public static FarmEvents.WorkerConditionChanged ToDomain(StoredEvents.WorkerConditionChanged e) =>
        new(e.Worker, e.Problem, StoredTime.ToTime(e.At));

    public static StoredEvents.WorkerTagged ToStored(FarmEvents.WorkerTagged e) =>
        new(e.Worker, e.Name, e.Tags is null ? null : [.. e.Tags], e.Tags is null, StoredTime.Of(e.At));

    public static FarmEvents.WorkerTagged ToDomain(StoredEvents.WorkerTagged e) =>
        new(e.Worker, e.Name, e.IsOwn ? null : e.Tags ?? [], StoredTime.ToTime(e.At));

    public static StoredEvents.AttemptStarted ToStored(FarmEvents.AttemptStarted e) =>
        new(e.Attempt, e.Worker, e.WorkerName, e.IsSpeculative, StoredTime.Of(e.At));

    public static FarmEvents.AttemptStarted ToDomain(StoredEvents.AttemptStarted e) =>
        new(e.Attempt, e.Worker, e.WorkerName, e.IsSpeculative, StoredTime.ToTime(e.At));

    public static StoredEvents.AttemptSucceeded ToStored(FarmEvents.AttemptSucceeded e) =>
        new(e.Attempt, [.. e.Outputs], StoredTime.Of(e.At));

    public static FarmEvents.AttemptSucceeded ToDomain(StoredEvents.AttemptSucceeded e) =>
        new(e.Attempt, e.Outputs ?? [], StoredTime.ToTime(e.At));

    public static StoredEvents.AttemptFailed ToStored(FarmEvents.AttemptFailed e) =>
        new(e.Attempt, e.Kind, e.Message, StoredTime.Of(e.At), e.IsLost);

    public static FarmEvents.AttemptFailed ToDomain(StoredEvents.AttemptFailed e) =>
        new(e.Attempt, e.Kind, e.Message, StoredTime.ToTime(e.At), e.IsLost);

    public static StoredEvents.OffloadAssigned ToStored(FarmEvents.OffloadAssigned e) =>
        new(e.Offload, e.Worker, e.Evaluations, StoredTime.Of(e.At));

    public static FarmEvents.OffloadAssigned ToDomain(StoredEvents.OffloadAssigned e) =>
        new(e.Offload, e.Worker, e.Evaluations, StoredTime.ToTime(e.At));

    public static StoredEvents.OffloadEnded ToStored(FarmEvents.OffloadEnded e) =>
        new(e.Offload, e.Worker, e.Failure, StoredTime.Of(e.At));

    public static FarmEvents.OffloadEnded ToDomain(StoredEvents.OffloadEnded e) =>
        new(e.Offload, e.Worker, e.Failure, StoredTime.ToTime(e.At));

    public static StoredEvents.ResultShared ToStored(FarmEvents.ResultShared e) =>
        new(e.Stage, e.From, [.. e.Outputs], StoredTime.Of(e.At));

    public static FarmEvents.ResultShared ToDomain(StoredEvents.ResultShared e) =>
        new(e.Stage, e.From, e.Outputs ?? [], StoredTime.ToTime(e.At));

    public static StoredEvents.ClipFinished ToStored(FarmEvents.ClipFinished e) =>
        new(e.Batch, e.Row, e.Clip, e.Framemd5, StoredTime.Of(e.At));

    public static FarmEvents.ClipFinished ToDomain(StoredEvents.ClipFinished e) =>
        new(e.Batch, e.Row, e.Clip, e.Framemd5, StoredTime.ToTime(e.At));

    public static StoredEvents.ClipFailed ToStored(FarmEvents.ClipFailed e) => new(e.Batch, e.Row, e.Error, StoredTime.Of(e.At));

    public static FarmEvents.ClipFailed ToDomain(StoredEvents.ClipFailed e) => new(e.Batch, e.Row, e.Error, StoredTime.ToTime(e.At));
}
