using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The current helper of an attempt. The actor sets it on messages from the coordinator; the engine reads it before each step.
/// Thread-safe.
/// </summary>
/// <param name="gaveUp">Called on any thread when a helper is given up, with the reason.</param>
public sealed class CurrentHelper(AttemptAddress attempt, Action<OffloadAddress, string> gaveUp)
{
    private HelperJoined? _helper;

    /// <summary>The helper; null when there is none.</summary>
    public HelperJoined? Current => Volatile.Read(ref _helper);

    /// <summary>Sets the helper from the next step on.</summary>
    public void Join(HelperJoined helper)
    {
        if (helper.Offload.Attempt == attempt)
            Volatile.Write(ref _helper, helper);
    }

    /// <summary>Removes a helper.</summary>
    public void Leave(OffloadAddress offload)
    {
        if (Current is { } helper && helper.Offload == offload)
            Interlocked.CompareExchange(ref _helper, null, helper);
    }

    /// <summary>Removes a helper that is too slow or does not answer, and reports the reason.</summary>
    public void GiveUp(OffloadAddress offload, string reason)
    {
        Leave(offload);
        gaveUp(offload, reason);
    }
}
