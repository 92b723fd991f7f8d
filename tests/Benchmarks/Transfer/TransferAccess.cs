using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>How the benchmark's coordinator secures its connections.</summary>
internal enum TransferSecurity
{
    /// <summary>Plain HTTP and Akka.Remote over TCP, as on loopback and trusted networks.</summary>
    None,

    /// <summary>HTTPS and Akka.Remote over TLS, with mutual authentication.</summary>
    Tls,
}

/// <summary>A worker's connections to the benchmark's coordinator.</summary>
internal sealed class TransferAccess : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private TransferAccess(HttpClient http, NodeTls? tls) => (Http, Tls) = (http, tls);

    /// <summary>The client of the data plane.</summary>
    public HttpClient Http { get; }

    /// <summary>Certificates of a cluster node; null for none.</summary>
    public NodeTls? Tls { get; }

    /// <summary>Returns connections without certificates.</summary>
    public static TransferAccess Plain() => new(new HttpClient { Timeout = Timeout.InfiniteTimeSpan }, tls: null);

    /// <summary>Creates the farm's certificates, and makes the coordinator use them on loopback.</summary>
    /// <returns>The operator's token.</returns>
    public static FarmToken PrepareCoordinator(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        File.WriteAllText(
            Path.Combine(dataFolder, DaemonConfiguration.FileName),
            JsonSerializer.Serialize(new Dictionary<string, string> { ["Coordinator:Tls"] = "On" }));
        return SecurityFolder.Create(dataFolder, "benchmark", TimeProvider.System);
    }

    /// <summary>Obtains a certificate as a worker does.</summary>
    /// <param name="api">Address of the coordinator's API.</param>
    /// <param name="cluster">The coordinator's cluster address.</param>
    /// <param name="operatorToken">The operator's token.</param>
    /// <param name="workerFolder">Data folder of the worker.</param>
    public static async Task<TransferAccess> EnrolAsync(Uri api, string cluster, FarmToken operatorToken, string workerFolder)
    {
        using var farm = await FarmConnection.OpenAsync(api, operatorToken.ToString(), CancellationToken.None);
        var created = await farm.Client.Commands.ExecuteAsync(new CreateToken(), CancellationToken.None);
        Directory.CreateDirectory(workerFolder);
        var credentials = await WorkerEnrolment.OpenAsync(
            new WorkerOptions { Token = created.Token, Name = "benchmark" }, JoinAddress.Parse(cluster), workerFolder,
            Guid.NewGuid().ToString("N"), TimeProvider.System, CancellationToken.None);
        return new TransferAccess(
            WorkerEnrolment.NewHttpClient(credentials, ConnectTimeout, TimeProvider.System),
            new NodeTls(
                credentials!.Current.Certificate, credentials.RulesForPeers(TimeProvider.System),
                new RefusalLog(TimeProvider.System, NullLogger<RefusalLog>.Instance)));
    }

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();
}
