using System.ComponentModel.DataAnnotations;
using System.Net;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>Addresses and lifetimes of a coordinator.</summary>
public sealed class CoordinatorOptions : IValidatableObject
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Coordinator";

    /// <summary>IP address to listen on, at which workers and clients reach the coordinator.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Allows <see cref="Listen"/> to be an address that other machines reach, without encryption.</summary>
    public bool TrustedNetwork { get; set; }

    /// <summary>TCP port that workers join at; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int ClusterPort { get; set; } = 4053;

    /// <summary>TCP port of the API and the artefacts; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int HttpPort { get; set; } = 8080;

    /// <summary>How long finished clips can be fetched by digest after the coordinator's end, which forgets their batches.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan ClipRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long the coordinator may take to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        ListenRule.Check(Listen, TrustedNetwork) is { } error ? [new ValidationResult(error, [nameof(Listen)])] : [];
}
