using System.Net;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Text;

namespace MlxVideo.Worker.Models;

/// <summary>The attempts to fetch something from one source after the other.</summary>
/// <param name="what">What is fetched, at the beginning of a sentence.</param>
/// <param name="start">Position of the first source, which spreads files over the sources.</param>
/// <param name="notice">Receives a sentence about each failure.</param>
internal sealed class FetchAttempts(
    string what, ModelSources sources, int start, ModelFetchSettings settings, TimeProvider time, Action<string> notice)
{
    private const int MaxDoublings = 20;
    private const int MaxReason = 300;

    private int _turn;
    private int _failures;
    private Uri? _current;

    /// <summary>Returns the worker to ask; null while none has the model.</summary>
    public Uri? Next() => _current = sources.Addresses is { Count: > 0 } addresses ? addresses[(start + _turn) % addresses.Count] : null;

    /// <summary>Records a failed attempt. Each source has had its turn before it waits, and asks the coordinator for the sources.</summary>
    /// <param name="failure">The failure; null when there was no worker to ask.</param>
    /// <param name="hasProgress">True when something arrived nevertheless.</param>
    /// <exception cref="IOException">There is no further attempt.</exception>
    public async Task FailAsync(FarmApiException? failure, bool hasProgress, CancellationToken cancellationToken)
    {
        // A busy worker is not at fault: it may send files to others for hours.
        var isBusy = failure?.Status == HttpStatusCode.ServiceUnavailable;
        _failures = hasProgress ? 0 : isBusy ? _failures : _failures + 1;
        var reason = failure is null
            ? "no worker in the farm has the model"
            : $"{_current}: {PrintableText.Of(failure.InnerException?.Message ?? failure.Message, MaxReason).TrimEnd('.')}";
        if (_failures >= settings.Attempts)
            throw new IOException(
                $"{what} could not be fetched ({reason}): check that a worker with the model is running, and start this one again. It "
                    + "continues where it stopped.",
                failure);
        if (!isBusy)
            notice($"{what}: {reason}; trying again.");
        _turn++;
        if (failure is not null && _turn % Math.Max(1, sources.Addresses.Count) != 0)
            return;
        var delay = settings.FirstDelay.Ticks << Math.Clamp(_failures - 1, 0, MaxDoublings);
        await Task.Delay(TimeSpan.FromTicks(Math.Min(delay, settings.LongestDelay.Ticks)), time, cancellationToken);
        await sources.RefreshAsync(cancellationToken);
    }
}
