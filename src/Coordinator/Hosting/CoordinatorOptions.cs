using System.ComponentModel.DataAnnotations;
using System.Net;
using MlxVideo.Cluster.Hosting;

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

    /// <summary>TCP port on which workers join; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int ClusterPort { get; set; } = 4053;

    /// <summary>TCP port of the API and artefact transfers; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int HttpPort { get; set; } = 8080;

    /// <summary>Time for which finished clips can be fetched by digest after the coordinator stops, when their batches are lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan ClipRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Maximum time for the coordinator to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        ListenRule.Check(Listen, TrustedNetwork) is { } error ? [new ValidationResult(error, [nameof(Listen)])] : [];
}
