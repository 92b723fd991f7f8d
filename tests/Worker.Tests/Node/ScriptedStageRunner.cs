using System.Collections.Concurrent;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

/// <summary>A stage runner that tests control.</summary>
internal sealed class ScriptedStageRunner : IStageRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly BlockingCollection<AttemptAddress> _started = [];
    private readonly BlockingCollection<ModelComponent> _prefetched = [];
    private readonly ManualResetEventSlim _cancelled = new();
    private TaskCompletionSource<IReadOnlyList<NamedBlob>> _result = new();
    private readonly BlockingCollection<AssignOffload> _helped = [];
    private readonly ManualResetEventSlim _offloadCancelled = new();
    private TaskCompletionSource _offload = new();
    private Action<int, int> _progress = (_, _) => { };

    public event Action<ComponentsChanged>? ComponentsChanged;

    public event Action<double>? LinkMeasured;

    public event Action<string>? Logged;

    public void Log(string line) => Logged!.Invoke(line);

    public void Measure(double bytesPerSecond) => LinkMeasured!.Invoke(bytesPerSecond);

    public Action<int, int> Progress => _progress;

    public CurrentHelper? Helpers { get; private set; }

    public Action Ready { get; private set; } = () => { };

    /// <summary>When set, a run reports progress of 0 out of this number of steps before <see cref="RunAsync"/> returns.</summary>
    public int? StepsReportedOnStart { get; set; }

    public Exception? PrefetchFault { get; set; }

    /// <summary>Whether an offload ends as soon as it is cancelled; otherwise its current evaluation has to end first.</summary>
    public bool StopsOffloadOnCancel { get; set; } = true;

    public Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        _result = new TaskCompletionSource<IReadOnlyList<NamedBlob>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _progress = progress;
        Helpers = helpers;
        cancellationToken.Register(_cancelled.Set);
        if (StepsReportedOnStart is { } steps)
            progress(0, steps);
        _started.Add(assignment.Attempt);
        return _result.Task;
    }

    /// <summary>The outputs of which <see cref="UploadAsync"/> was called; the result of the call.</summary>
    public TaskCompletionSource Upload { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task UploadAsync(IReadOnlyList<NamedBlob> outputs, Uri api, CancellationToken cancellationToken) => Upload.Task;

    public Task OffloadAsync(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        _offload = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Ready = ready;
        cancellationToken.Register(() =>
        {
            if (StopsOffloadOnCancel)
                _offload.TrySetCanceled(cancellationToken);
            _offloadCancelled.Set();
        });
        _helped.Add(assignment);
        return _offload.Task;
    }

    public void EndOffload(Exception? ex = null)
    {
        if (ex is null)
            _offload.SetResult();
        else
            _offload.SetException(ex);
    }

    public void WaitUntilOffloadCancelled() => Assert.True(_offloadCancelled.Wait(Patience), "The offload was not cancelled.");

    public void WaitUntilOffloadStarted(OffloadAddress offload)
    {
        Assert.True(_helped.TryTake(out var started, Patience), $"{offload} did not start.");
        Assert.Equal(offload, started.Offload);
    }

    /// <summary>The result of <see cref="FindProblem"/>.</summary>
    public string? Problem { get; set; }

    public string? FindProblem() => Problem;

    public Task PrefetchAsync(ModelComponent component)
    {
        _prefetched.Add(component);
        return PrefetchFault is null ? Task.CompletedTask : Task.FromException(PrefetchFault);
    }

    public void Change(ComponentsChanged change) => ComponentsChanged!.Invoke(change);

    public void WaitUntilPrefetched(ModelComponent component)
    {
        Assert.True(_prefetched.TryTake(out var prefetched, Patience), $"{component} was not loaded.");
        Assert.Equal(component, prefetched);
    }

    public void WaitUntilStarted(AttemptAddress attempt)
    {
        Assert.True(_started.TryTake(out var started, Patience), $"{attempt} did not start.");
        Assert.Equal(attempt, started);
    }

    public bool IsCancelled => _cancelled.IsSet;

    public void WaitUntilCancelled() => Assert.True(_cancelled.Wait(Patience), "The attempt was not cancelled.");

    public void Finish() => _result.SetResult([new NamedBlob("out", new BlobRef(new string('a', 64), 1))]);

    public void Fail(Exception ex) => _result.SetException(ex);

    public void Cancelled() => _result.SetCanceled();
}
