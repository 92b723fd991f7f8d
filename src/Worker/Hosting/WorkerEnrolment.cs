using System.Globalization;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Worker.Hosting;

/// <summary>Finds a worker's certificate, or obtains one with a join token.</summary>
internal static class WorkerEnrolment
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Returns the worker's credentials; null for a worker on loopback or on a trusted network.</summary>
    /// <exception cref="FarmTokenException">The coordinator refuses the token.</exception>
    /// <exception cref="InvalidConfigurationException">The stored certificate is unusable, and there is no token.</exception>
    /// <exception cref="FarmApiException">The coordinator can't be reached.</exception>
    public static async Task<WorkerCredentials?> OpenAsync(
        WorkerOptions options, JoinAddress join, string dataFolder, string workerId, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.TrustedNetwork)
            return null;
        var stored = WorkerCredentials.Find(dataFolder);
        var token = options.Token is { Length: > 0 } text ? FarmToken.ParseJoin(text) : null;
        var fault = stored is null ? null : FindFault(stored, workerId, time);
        if (token is null)
            return fault is null
                ? stored
                : throw new InvalidConfigurationException(
                    $"{fault}: run './mlx-video farm token' on the coordinator's machine and add --token with its token.");
        if (stored is not null && fault is null && token.IsOf(Fingerprint.Of(stored.Current.Authority))
            && !await IsRefusedAsync(stored, join, time, cancellationToken))
            return stored; // the token has done its work at an earlier start
        return await JoinAsync(token, join, dataFolder, workerId, options.Name, time, cancellationToken);
    }

    /// <summary>Returns the address of the coordinator's API.</summary>
    public static Uri ApiOf(JoinAddress join, int port) => new UriBuilder("https", join.Host, port).Uri;

    /// <summary>Creates an HTTP client without a timeout, with the worker's certificate if it has one.</summary>
    /// <param name="admissionTimeout">Time to wait for the server's consent to a large upload; null for the default.</param>
    public static HttpClient NewHttpClient(
        WorkerCredentials? credentials, TimeSpan connectTimeout, TimeProvider time, TimeSpan? admissionTimeout = null)
    {
        var handler = credentials is null
            ? new SocketsHttpHandler { ConnectTimeout = connectTimeout }
            : FarmTls.HandlerFor(credentials.RulesForPeers(time), () => credentials.Current, connectTimeout);
        if (admissionTimeout is { } patience)
            handler.Expect100ContinueTimeout = patience;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static string? FindFault(WorkerCredentials stored, string workerId, TimeProvider time)
    {
        if (stored.Current.Member.Id != workerId)
            return "This worker's certificate belongs to another worker, for example because its data folder was copied";
        return stored.Current.Expires > time.GetUtcNow()
            ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"This worker's certificate expired on {stored.Current.Expires:yyyy-MM-dd HH:mm}");
    }

    private static async Task<bool> IsRefusedAsync(
        WorkerCredentials stored, JoinAddress join, TimeProvider time, CancellationToken cancellationToken)
    {
        using var http = NewHttpClient(stored, ConnectTimeout, time);
        try
        {
            await new EnrolmentClient(http, ApiOf(join, stored.ApiPort)).CheckAsync(cancellationToken);
            return false;
        }
        catch (FarmApiException ex)
        {
            return ex.Status is HttpStatusCode.Forbidden;
        }
    }

    private static async Task<WorkerCredentials> JoinAsync(
        FarmToken token, JoinAddress join, string dataFolder, string workerId, string name, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var api = ApiOf(join, token.ApiPort);
        try
        {
            var authority = await FarmAuthorityClient.DownloadAsync(api, token, cancellationToken);
            using var key = WorkerCredentials.PendingKey(dataFolder);
            using var http = new HttpClient(FarmTls.HandlerFor(new PeerRules(authority, _ => false, time), identity: null, ConnectTimeout));
            var certificate = await new EnrolmentClient(http, api).JoinAsync(token, workerId, name, key, cancellationToken);
            return WorkerCredentials.Save(dataFolder, certificate, key, authority, token.ApiPort);
        }
        catch (FarmApiException ex) when (ex.Status is HttpStatusCode.Forbidden or HttpStatusCode.Conflict)
        {
            throw new FarmTokenException(ex.Message);
        }
        catch (FarmApiException ex) when (ex.IsUnreachable)
        {
            throw new IOException(
                $"The farm at {join} could not be joined: its port {token.ApiPort} for certificates can't be reached. Is the coordinator "
                + "running there, and does no firewall block that port?", ex);
        }
    }
}
