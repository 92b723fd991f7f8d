using System.ComponentModel.DataAnnotations;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Hub.Resolution;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>A worker's farm, compute settings and availability.</summary>
public sealed class WorkerOptions : IValidatableObject
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Worker";

    internal const int MaxThreads = 1024;

    /// <summary>
    /// The coordinator's cluster address, <c>HOST</c> or <c>HOST:PORT</c>; when empty, the coordinator is found in the local network.
    /// </summary>
    public string Join { get; set; } = "";

    /// <summary>Model folder.</summary>
    public string? Model { get; set; }

    /// <summary>Model in the Hugging Face cache, as a repository or an alias; or a folder.</summary>
    public string? ModelRepo { get; set; }

    /// <summary>Checkpoint file, for a model folder with several.</summary>
    public string? CheckpointPath { get; set; }

    /// <summary>Folder with the text encoder; by default the one in the model folder.</summary>
    public string? TextEncoderPath { get; set; }

    /// <summary>Text encoder in the Hugging Face cache, as a repository or an alias.</summary>
    public string? TextEncoderRepo { get; set; }

    /// <summary>Fetches the model from workers in the farm instead, into the data folder; at later starts, it is there.</summary>
    public bool FetchModels { get; set; }

    /// <summary>Name or digest of the model to fetch; by default, the only one in the farm.</summary>
    public string? ModelName { get; set; }

    /// <summary>
    /// TCP port of the coordinator's API, which knows the models in the farm. In a farm with certificates, the token names the port.
    /// </summary>
    [Range(1, IPEndPoint.MaxPort)]
    public int ApiPort { get; set; } = 8080;

    /// <summary>The model, which need not be on this machine.</summary>
    internal ModelSource Source => new(
        Given(Model), Given(ModelRepo), Given(CheckpointPath), Given(TextEncoderPath), Given(TextEncoderRepo));

    /// <summary>Display name; the machine name by default.</summary>
    [Required(ErrorMessage = "use --name NAME.")]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>
    /// IP address to listen on, which the coordinator must be able to reach; <c>auto</c> for this machine's address on the coordinator's
    /// network.
    /// </summary>
    public string Listen { get; set; } = ListenAddress.Auto;

    /// <summary>Allows <see cref="Listen"/> to be an address that other machines can reach, without encryption.</summary>
    public bool TrustedNetwork { get; set; }

    /// <summary>Token for joining a farm for the first time; later starts use the certificate that the worker then received.</summary>
    public string? Token { get; set; }

    /// <summary>TCP port of the worker's node; 0 for a free one.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int ClusterPort { get; set; }

    /// <summary>
    /// TCP port for <c>pbm</c> on loopback, in builds with Petabridge.Cmd; 0 for none. It differs from the coordinator's, because both may
    /// run on one machine.
    /// </summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int PbmPort { get; set; } = 9111;

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

    /// <summary>Keeps a Mac from falling asleep while it runs a stage; needs macOS.</summary>
    public bool KeepAwake { get; set; }

    /// <summary>Maximum size of the artefacts kept for later stages, for example <c>50GB</c>; about 17 GB by default.</summary>
    public string? BlobQuota { get; set; }

    /// <summary>Maximum time for the running stage to stop when the worker leaves the farm.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Maximum time for the engine to stop a cancelled stage; then its process is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan EngineStopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Computing time of a denoise stage that an interruption may cost, unless a single step takes longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ResumeInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Listen != ListenAddress.Auto && ListenRule.Check(Listen) is { } error)
            yield return new ValidationResult(error, [nameof(Listen)]);
        if (FindModelError() is { } model)
            yield return new ValidationResult(model, [nameof(Model)]);
        if (Join.Length > 0 && ErrorOf(() => JoinAddress.Parse(Join)) is { } join)
            yield return new ValidationResult(join, [nameof(Join)]);
        if (Token is { Length: > 0 } token && ErrorOf(() => FarmToken.ParseJoin(token)) is { } unusable)
            yield return new ValidationResult($"--token: {unusable}", [nameof(Token)]);
        if (ErrorOf(() => OwnerSettings.Parse(Link, Tags, Hours)) is { } hours)
            yield return new ValidationResult($"--hours: {hours}", [nameof(Hours)]);
        if (BlobQuota is { } quota && ByteSize.FindError(quota) is { } invalid)
            yield return new ValidationResult($"--blob-quota: {invalid}", [nameof(BlobQuota)]);
    }

    private string? FindModelError()
    {
        if (FetchModels)
            return Source == new ModelSource()
                ? null
                : "use either --fetch-models or the options for a model on this machine.";
        if (Source is { Folder: null, Repository: null, Checkpoint: null })
            return "use --model FOLDER, --model-repo REPOSITORY or --fetch-models.";
        return Given(ModelName) is null ? null : "use --model-name only with --fetch-models.";
    }

    /// <summary>A configuration file may hold empty settings.</summary>
    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static string? ErrorOf(Func<object> parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (Exception ex) when (ex is FormatException or FarmTokenException)
        {
            return ex.Message;
        }
    }
}
