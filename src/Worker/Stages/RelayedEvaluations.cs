using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// A denoising loop's way to the worker that helps it. A helper is waited for no longer than it takes to do its evaluations here,
/// four times as long for the first step that it is given; what it did not deliver then is computed here, and it is not asked again.
/// </summary>
/// <param name="helpers">Who helps.</param>
/// <param name="client">Reaches the coordinator, which relays.</param>
/// <param name="store">Where files lie meanwhile.</param>
/// <param name="minimumPatience">Shortest time to wait for a helper.</param>
/// <param name="time">The clock.</param>
/// <param name="cancellationToken">Ends the waiting.</param>
public sealed class RelayedEvaluations(
    CurrentHelper helpers, OffloadClient client, BlobStore store, TimeSpan minimumPatience, TimeProvider time,
    CancellationToken cancellationToken) : IEvaluationExchange,
        IDisposable
{
    /// <summary>How many times longer it may take for the first step that it is given: kernels are compiled, weights touched.</summary>
    private const double FirstStepFactor = 4;

    private Offered? _offered;
    private OffloadAddress? _proven;

    /// <inheritdoc/>
    public int Offer(int step, int evaluations, Action<string> writeTokens)
    {
        Forget();
        if (helpers.Now is not { } helper)
            return 0;
        var count = Math.Min(helper.Evaluations, evaluations - 1);
        var (tokens, velocities) = (store.NewFile(), store.NewFile());
        try
        {
            writeTokens(tokens);
        }
        catch (IOException ex)
        {
            File.Delete(tokens);
            helpers.GiveUp(helper.Offload, ex.Message);
            return 0;
        }

        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrival = Task.Run(() => Exchange(helper.Offload, step, count, tokens, velocities, stop.Token), stop.Token);
        _offered =
            new Offered(helper.Offload, (double)count / (evaluations - count), time.GetTimestamp(), arrival, tokens, velocities, stop);
        return count;
    }

    /// <inheritdoc/>
    public string? Receive(int step)
    {
        var offered = _offered!;
        // By the time that its own evaluations took.
        var patience = time.GetElapsedTime(offered.Began) * offered.Share * (offered.Offload == _proven ? 1 : FirstStepFactor);
        try
        {
            if (!offered.Arrival.Wait((int)Math.Max(patience.TotalMilliseconds, minimumPatience.TotalMilliseconds), cancellationToken))
                helpers.GiveUp(offered.Offload, $"step {step} took it longer than it takes here");
            else if (offered.Arrival.Result is { } arrived)
            {
                _proven = offered.Offload;
                if (arrived == step)
                    return offered.Velocities;
                helpers.GiveUp(offered.Offload, $"it sent step {arrived} instead of {step}");
            }
            else
                helpers.Leave(offered.Offload);
        }
        catch (AggregateException ex)
        {
            helpers.GiveUp(offered.Offload, ex.GetBaseException().Message);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Reject(int step, string reason) => helpers.GiveUp(_offered!.Offload, $"step {step}: {reason}");

    /// <inheritdoc/>
    public void Dispose() => Forget();

    /// <summary>Sends tokens and waits for velocities; the step that came, null when the help is over.</summary>
    private async Task<int?> Exchange(
        OffloadAddress offload, int step, int evaluations, string tokens, string velocities, CancellationToken stop) =>
        await client.Send(offload, OffloadDirection.Tokens, step, evaluations, tokens, stop)
        && await client.Fetch(offload, OffloadDirection.Velocities, step - 1, velocities, stop) is { } arrived ? arrived.Step : null;

    private void Forget()
    {
        if (_offered is not { } offered)
            return;
        offered.Stop.Cancel();
        // Its files go when nothing writes to them any more.
        offered.Arrival.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                File.Delete(offered.Tokens);
                File.Delete(offered.Velocities);
                offered.Stop.Dispose();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _offered = null;
    }

    private sealed record Offered(
        OffloadAddress Offload, double Share, long Began, Task<int?> Arrival, string Tokens, string Velocities,
        CancellationTokenSource Stop);
}
