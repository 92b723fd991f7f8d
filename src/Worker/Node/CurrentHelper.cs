using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Node;

/// <summary>
/// Who helps an attempt just now: the actor learns it from the coordinator, the engine looks at it before each step. Safe for concurrent
/// use.
/// </summary>
/// <param name="attempt">The attempt.</param>
/// <param name="gaveUp">Told, on any thread, when a helper was waited for in vain, and why.</param>
public sealed class CurrentHelper(AttemptAddress attempt, Action<OffloadAddress, string> gaveUp)
{
    private HelperJoined? _helper;

    /// <summary>The helper; null when there is none.</summary>
    public HelperJoined? Now => Volatile.Read(ref _helper);

    /// <summary>A helper is there from the next step on.</summary>
    public void Join(HelperJoined helper)
    {
        if (helper.Offload.Attempt == attempt)
            Volatile.Write(ref _helper, helper);
    }

    /// <summary>A helper is gone.</summary>
    public void Leave(OffloadAddress offload)
    {
        if (Now is { } helper && helper.Offload == offload)
            Interlocked.CompareExchange(ref _helper, null, helper);
    }

    /// <summary>Goes on without a helper that is too slow, or does not answer.</summary>
    public void GiveUp(OffloadAddress offload, string reason)
    {
        Leave(offload);
        gaveUp(offload, reason);
    }
}
