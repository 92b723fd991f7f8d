using System.ComponentModel.DataAnnotations;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>A worker's farm, compute settings and availability.</summary>
public sealed class WorkerOptions : IValidatableObject
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Worker";

    internal const int MaxThreads = 1024;

    /// <summary>The coordinator's cluster address, <c>HOST</c> or <c>HOST:PORT</c>.</summary>
    [Required(ErrorMessage = "use --join HOST:PORT with the coordinator's cluster address.")]
    public string Join { get; set; } = "";

    /// <summary>Model folder.</summary>
    [Required(ErrorMessage = "use --model FOLDER.")]
    public string Model { get; set; } = "";

    /// <summary>Display name; the machine name by default.</summary>
    [Required(ErrorMessage = "use --name NAME.")]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>IP address to listen on; the coordinator must be able to reach it.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Allows <see cref="Listen"/> to be an address that other machines can reach, without encryption.</summary>
    public bool TrustedNetwork { get; set; }

    /// <summary>TCP port of the worker's node; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int ClusterPort { get; set; }

    /// <summary>CPU threads of the engine. Use the same number on all workers in a farm for bit-identical results.</summary>
    [Range(1, MaxThreads)]
    public int Threads { get; set; } = 1;

    /// <summary>Memory limit for weights in GiB; the device memory not needed for activations by default.</summary>
    [Range(0.001, 100_000)]
    public double? WeightMemory { get; set; }

    /// <summary>Device of the engine: auto, cpu, mps or cuda.</summary>
    public string Device { get; set; } = ComputeSettings.Auto;

    /// <summary>Compute dtype of the engine: auto, float32 or bfloat16.</summary>
    public string Dtype { get; set; } = ComputeSettings.Auto;

    /// <summary>Kernels of the engine: auto, plain, metal-safe or metal-fast.</summary>
    public string Kernels { get; set; } = ComputeSettings.Auto;

    /// <summary>Speed of the connection to the coordinator in Gbit/s; about 0.8 by default.</summary>
    [Range(0.000_001, 1_000_000)]
    public double? Link { get; set; }

    /// <summary>Comma-separated tags that clips can require.</summary>
    public string Tags { get; set; } = "";

    /// <summary>Hours during which the machine may work, e.g. <c>20:00-08:00</c> in its time zone; always by default.</summary>
    public string? Hours { get; set; }

    /// <summary>Maximum time for the running stage to stop when the worker leaves the farm.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ListenRule.Check(Listen, TrustedNetwork) is { } error)
            yield return new ValidationResult(error, [nameof(Listen)]);
        if (ErrorOf(() => JoinAddress.Parse(Join)) is { } join)
            yield return new ValidationResult(join, [nameof(Join)]);
        if (ErrorOf(() => OwnerSettings.Parse(Link, Tags, Hours)) is { } hours)
            yield return new ValidationResult($"--hours: {hours}", [nameof(Hours)]);
    }

    private static string? ErrorOf(Func<object> parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (FormatException ex)
        {
            return ex.Message;
        }
    }
}
