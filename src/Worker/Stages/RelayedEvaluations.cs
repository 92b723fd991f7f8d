using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// Connects a denoising loop with its helper through the coordinator. The wait for a helper is limited to the time that its evaluations
/// would take locally, or four times that for its first step. Evaluations not delivered by then are computed locally, and the helper is
/// given up. May be disposed while an offer or a wait is in progress, because the engine process can end at any time.
/// </summary>
/// <param name="store">Holds the temporary files.</param>
/// <param name="minimumPatience">Minimum wait for a helper.</param>
/// <param name="cancellationToken">Cancels the wait.</param>
public sealed class RelayedEvaluations(
    CurrentHelper helpers, OffloadClient client, BlobStore store, TimeSpan minimumPatience, TimeProvider time,
    CancellationToken cancellationToken) : IEvaluationExchange,
        IDisposable
{
    /// <summary>Factor on the wait for a helper's first step, which includes kernel compilation and the first access to weights.</summary>
    private const double FirstStepFactor = 4;

    private readonly Lock _gate = new();
    private Offered? _offered;
    private bool _isDisposed;
    private OffloadAddress? _respondedBefore;

    /// <inheritdoc/>
    public int Offer(int step, int evaluations, Action<string> writeTokens)
    {
        Forget();
        if (helpers.Current is not { } helper)
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
        var arrival = Task.Run(() => ExchangeAsync(helper.Offload, step, count, tokens, velocities, stop.Token), stop.Token);
        var offered =
            new Offered(helper.Offload, (double)count / (evaluations - count), time.GetTimestamp(), arrival, tokens, velocities, stop);
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _offered = offered;
                return count;
            }
        }

        Forget(offered);
        return 0;
    }

    /// <inheritdoc/>
    public string? Receive(int step)
    {
        var offered = _offered!;
        // Derived from the time of the local evaluations.
        var patience = time.GetElapsedTime(offered.Began) * offered.Share * (offered.Offload == _respondedBefore ? 1 : FirstStepFactor);
        try
        {
            if (!offered.Arrival.Wait((int)Math.Max(patience.TotalMilliseconds, minimumPatience.TotalMilliseconds), cancellationToken))
                helpers.GiveUp(offered.Offload, $"step {step} took the helper longer than computing it locally");
            else if (offered.Arrival.Result is { } arrived)
            {
                _respondedBefore = offered.Offload;
                if (arrived == step)
                    return offered.Velocities;
                helpers.GiveUp(offered.Offload, $"the helper sent step {arrived} instead of step {step}");
            }
            else
                helpers.Leave(offered.Offload);
        }
        catch (AggregateException ex)
        {
            if (!Volatile.Read(ref _isDisposed))
                helpers.GiveUp(offered.Offload, ex.GetBaseException().Message);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Reject(int step, string reason)
    {
        if (_offered is { } offered)
            helpers.GiveUp(offered.Offload, $"step {step}: {reason}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        Forget();
    }

    /// <summary>Sends tokens and waits for velocities. Returns the received step; null when the offload has ended.</summary>
    private async Task<int?> ExchangeAsync(
        OffloadAddress offload, int step, int evaluations, string tokens, string velocities, CancellationToken stop) =>
        await client.SendAsync(offload, OffloadDirection.Tokens, step, evaluations, tokens, stop)
        && await client.FetchAsync(offload, OffloadDirection.Velocities, step - 1, velocities, stop) is { } arrived ? arrived.Step : null;

    private void Forget()
    {
        Offered? offered;
        lock (_gate)
            (offered, _offered) = (_offered, null);
        if (offered is not null)
            Forget(offered);
    }

    private static void Forget(Offered offered)
    {
        offered.Stop.Cancel();
        // The files are deleted once nothing writes to them.
        offered.Arrival.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                File.Delete(offered.Tokens);
                File.Delete(offered.Velocities);
                offered.Stop.Dispose();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private sealed record Offered(
        OffloadAddress Offload, double Share, long Began, Task<int?> Arrival, string Tokens, string Velocities,
        CancellationTokenSource Stop);
}
