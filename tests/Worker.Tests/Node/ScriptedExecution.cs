using System.Collections.Concurrent;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

/// <summary>An engine that does what a test tells it.</summary>
internal sealed class ScriptedExecution : IStageExecution
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<AttemptAddress> _started = [];
    private readonly BlockingCollection<ModelPart> _prefetched = [];
    private readonly ManualResetEventSlim _cancelled = new();
    private TaskCompletionSource<IReadOnlyList<NamedBlob>> _result = new();
    private readonly BlockingCollection<AssignHelp> _helped = [];
    private readonly ManualResetEventSlim _helpCancelled = new();
    private TaskCompletionSource _help = new();
    private Action<int, int> _progress = (_, _) => { };

    public event Action<PartsChanged>? PartsChanged;

    public event Action<double>? LinkMeasured;

    public void Measure(double bytesPerSecond) => LinkMeasured!.Invoke(bytesPerSecond);

    public Action<int, int> Progress => _progress;

    public CurrentHelper? Helpers { get; private set; }

    public Action Ready { get; private set; } = () => { };

    /// <summary>Steps of a stage that reports its first one before <see cref="Run"/> returns.</summary>
    public int? StepsToldAtOnce { get; set; }

    public Exception? PrefetchFault { get; set; }

    /// <summary>Whether help ends as soon as it is cancelled; a pass has to end first otherwise.</summary>
    public bool StopsHelping { get; set; } = true;

    public Task<IReadOnlyList<NamedBlob>> Run(
        AssignTask assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        _result = new TaskCompletionSource<IReadOnlyList<NamedBlob>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _progress = progress;
        Helpers = helpers;
        cancellationToken.Register(_cancelled.Set);
        if (StepsToldAtOnce is { } steps)
            progress(0, steps);
        _started.Add(assignment.Attempt);
        return _result.Task;
    }

    public Task Help(AssignHelp assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        _help = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Ready = ready;
        cancellationToken.Register(() =>
        {
            if (StopsHelping)
                _help.TrySetCanceled(cancellationToken);
            _helpCancelled.Set();
        });
        _helped.Add(assignment);
        return _help.Task;
    }

    public void EndHelp(Exception? ex = null)
    {
        if (ex is null)
            _help.SetResult();
        else
            _help.SetException(ex);
    }

    public void WaitUntilHelpCancelled() => Assert.True(_helpCancelled.Wait(Patience), "The help was not cancelled.");

    public void WaitUntilHelping(HelpAddress help)
    {
        Assert.True(_helped.TryTake(out var started, Patience), $"{help} did not start.");
        Assert.Equal(help, started.Help);
    }

    /// <summary>What <see cref="FindProblem"/> finds.</summary>
    public string? Problem { get; set; }

    public string? FindProblem() => Problem;

    public Task Prefetch(ModelPart part)
    {
        _prefetched.Add(part);
        return PrefetchFault is null ? Task.CompletedTask : Task.FromException(PrefetchFault);
    }

    public void Change(PartsChanged change) => PartsChanged!.Invoke(change);

    public void WaitUntilPrefetched(ModelPart part)
    {
        Assert.True(_prefetched.TryTake(out var prefetched, Patience), $"{part} was not loaded.");
        Assert.Equal(part, prefetched);
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
