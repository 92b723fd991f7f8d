using System.Net;
using Microsoft.Extensions.Logging;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>Keeps a worker's certificate valid: renews it after two thirds of its life.</summary>
internal sealed partial class CertificateUpkeep : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(2);

    private readonly WorkerCredentials _credentials;
    private readonly HttpClient _http;
    private readonly EnrolmentClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private volatile TaskCompletionSource _renewed = NewSignal();

    public CertificateUpkeep(WorkerCredentials credentials, JoinAddress join, TimeProvider time, ILogger log)
    {
        (_credentials, _time, _log) = (credentials, time, log);
        _http = WorkerEnrolment.NewHttpClient(credentials, ConnectTimeout, time);
        _client = new EnrolmentClient(_http, WorkerEnrolment.ApiOf(join, credentials.ApiPort));
    }

    /// <summary>Completes at the next renewal.</summary>
    public Task Renewed => _renewed.Task;

    /// <summary>Asks whether the farm accepts the certificate. Nothing happens while the coordinator is unreachable.</summary>
    /// <exception cref="FarmRefusalException">The certificate was revoked or has expired.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.CheckAsync(cancellationToken);
        }
        catch (FarmApiException ex) when (ex.Status is HttpStatusCode.Forbidden)
        {
            throw new FarmRefusalException(ex.Message);
        }
        catch (FarmApiException ex)
        {
            LogUnchecked(_log, ex.Message);
        }
    }

    /// <summary>Renews the certificate whenever it is due, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var due = _credentials.Current.RenewAt - _time.GetUtcNow();
            if (due > TimeSpan.Zero)
            {
                // In short intervals, because timers stop while a machine sleeps.
                await DelayAsync(due < LongestWait ? due : LongestWait, cancellationToken);
                continue;
            }

            try
            {
                await RenewAsync(cancellationToken);
            }
            catch (Exception ex) when (
                ex is FarmApiException or IOException or UnauthorizedAccessException && !cancellationToken.IsCancellationRequested)
            {
                LogNotRenewed(_log, _credentials.Current.Expires, ex.Message);
                var left = (_credentials.Current.Expires - _time.GetUtcNow()) / 10;
                await DelayAsync(left < ShortestWait ? ShortestWait : left < LongestWait ? left : LongestWait, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        using var key = FarmAuthority.NewKey();
        _credentials.Renew(await _client.RenewAsync(key, cancellationToken), key);
        LogRenewed(_log, _credentials.Current.Expires);
        var renewed = _renewed;
        _renewed = NewSignal();
        renewed.SetResult();
    }

    private async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) =>
        await Task.Delay(time, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(EventId = 2011, Level = LogLevel.Information, Message = "Renewed this worker's certificate, valid until {Expires}.")]
    private static partial void LogRenewed(ILogger log, DateTimeOffset expires);

    [LoggerMessage(
        EventId = 2012, Level = LogLevel.Warning,
        Message = "This worker's certificate, valid until {Expires}, can't be renewed yet: {Reason}")]
    private static partial void LogNotRenewed(ILogger log, DateTimeOffset expires, string reason);

    [LoggerMessage(EventId = 2013, Level = LogLevel.Debug, Message = "The certificate could not be checked: {Reason}")]
    private static partial void LogUnchecked(ILogger log, string reason);
}
