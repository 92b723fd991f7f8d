using System.ComponentModel.DataAnnotations;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Health;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Coordinator.Telemetry;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>Addresses and lifetimes of a coordinator.</summary>
public sealed class CoordinatorOptions : IValidatableObject
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Coordinator";

    /// <summary>IP address to listen on; workers and clients must be able to reach it.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Allows <see cref="Listen"/> to be an address that other machines can reach, without encryption.</summary>
    public bool TrustedNetwork { get; set; }

    /// <summary>Whether the farm uses certificates.</summary>
    public TlsMode Tls { get; set; } = TlsMode.Auto;

    /// <summary>Lifetime of workers' certificates; a worker that is off for longer than a third of it may have to join again.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "3650.00:00:00")]
    public TimeSpan CertificateLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>TCP port on which workers join; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int ClusterPort { get; set; } = 4053;

    /// <summary>Whether the coordinator advertises itself in the local network, so that workers find it.</summary>
    public AdvertiseMode Advertise { get; set; } = AdvertiseMode.Auto;

    /// <summary>TCP port of the API and artefact transfers; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int HttpPort { get; set; } = 8080;

    /// <summary>TCP port for <c>pbm</c> on loopback, in builds with Petabridge.Cmd; 0 for none.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int PbmPort { get; set; } = 9110;

    /// <summary>
    /// How long, as <c>30d</c>, or up to what total size, as <c>500GB</c>, the finished clips of ended batches are kept for download.
    /// </summary>
    public string KeepResults { get; set; } = "30d";

    /// <summary>Connection string of a PostgreSQL database for the farm's state; a SQLite file in the data folder when empty.</summary>
    public string? Postgres { get; set; }

    /// <summary>Maximum size of the stored and arriving blobs, for example <c>200GB</c>; limited only by the disk by default.</summary>
    public string? BlobQuota { get; set; }

    /// <summary>Lets everyone read the metrics, instead of only operators.</summary>
    public bool PublicMetrics { get; set; }

    /// <summary>Maximum time for the coordinator to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Paths of the API that need neither a token nor a certificate.</summary>
    internal IReadOnlyList<string> PublicPaths => PublicMetrics
        ? [HealthEndpoints.Live, HealthEndpoints.Ready, TelemetryServices.MetricsPath]
        : [HealthEndpoints.Live, HealthEndpoints.Ready];

    /// <summary>True when the coordinator is to be found in the local network.</summary>
    internal bool IsAdvertised => Advertise == AdvertiseMode.On
        || (Advertise == AdvertiseMode.Auto && !IPAddress.IsLoopback(IPAddress.Parse(Listen)));

    /// <summary>True when the coordinator needs certificates.</summary>
    /// <param name="warnings">Receives a warning about a trusted network.</param>
    internal bool UsesTls(TextWriter warnings) =>
        Tls == TlsMode.On || !ListenRule.AllowsPlainText(IPAddress.Parse(Listen), TrustedNetwork, warnings);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ListenRule.Check(Listen) is { } error)
            yield return new ValidationResult(error, [nameof(Listen)]);
        if (RetentionPolicy.FindError(KeepResults) is { } retention)
            yield return new ValidationResult($"--keep-results: {retention}", [nameof(KeepResults)]);
        if (BlobQuota is { } quota && ByteSize.FindError(quota) is { } invalid)
            yield return new ValidationResult($"--blob-quota: {invalid}", [nameof(BlobQuota)]);
    }
}

/// <summary>Use of certificates by a coordinator.</summary>
public enum TlsMode
{
    /// <summary>Certificates on every address except loopback, unless the network is trusted.</summary>
    Auto,

    /// <summary>Certificates on loopback too, for tunnels.</summary>
    On,
}

/// <summary>Whether a coordinator advertises itself in the local network.</summary>
public enum AdvertiseMode
{
    /// <summary>On every address except loopback.</summary>
    Auto,

    /// <summary>On loopback too, for workers on the same machine.</summary>
    On,

    /// <summary>Never: workers need the address.</summary>
    Off,
}
