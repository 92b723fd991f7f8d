using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using ProtoBuf;

namespace MlxVideo.Worker.Engine.Channel;

/// <summary>A message between a worker and its engine process.</summary>
public interface IEngineMessage;

/// <summary>A message that belongs to a call.</summary>
public interface ICallMessage : IEngineMessage
{
    /// <summary>Number of the call, unique within a process.</summary>
    int Call { get; }
}

/// <summary>Starts the engine: the first message to the process.</summary>
[ProtoContract]
public sealed record StartEngine : IEngineMessage
{
    /// <summary>Version of the worker's code, which the process must have too.</summary>
    [ProtoMember(1, IsRequired = true)]
    public string Version { get; init; } = "";

    /// <summary>Model folder.</summary>
    [ProtoMember(2, IsRequired = true)]
    public string Model { get; init; } = "";

    [ProtoMember(3, IsRequired = true)]
    public string Device { get; init; } = "";

    [ProtoMember(4, IsRequired = true)]
    public string Dtype { get; init; } = "";

    [ProtoMember(5, IsRequired = true)]
    public string Kernels { get; init; } = "";

    /// <summary>CPU threads.</summary>
    [ProtoMember(6)]
    public int Threads { get; init; }

    /// <summary>Memory limit for weights in GiB; null for none.</summary>
    [ProtoMember(7)]
    public double? WeightMemory { get; init; }

    /// <summary>Folder of the resume points.</summary>
    [ProtoMember(8, IsRequired = true)]
    public string ResumeFolder { get; init; } = "";

    /// <summary>Computing time in seconds that an interruption may cost.</summary>
    [ProtoMember(9)]
    public double ResumeSeconds { get; init; }

    /// <summary>Whether to measure the capabilities.</summary>
    [ProtoMember(10)]
    public bool Measure { get; init; }

    /// <summary>Whether to write stack traces to standard error.</summary>
    [ProtoMember(11)]
    public bool Verbose { get; init; }

    /// <summary>Checkpoint in the model folder; null for the only one.</summary>
    [ProtoMember(12)]
    public string? Checkpoint { get; init; }

    /// <summary>Folder of the text encoder; null for the one in the model folder.</summary>
    [ProtoMember(13)]
    public string? TextEncoder { get; init; }
}

/// <summary>Reports that the engine accepts calls: the first message from the process.</summary>
[ProtoContract]
public sealed record EngineStarted : IEngineMessage
{
    /// <summary>Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    [ProtoMember(1, IsRequired = true)]
    public string Device { get; init; } = "";

    /// <summary>Digest of the model.</summary>
    [ProtoMember(2, IsRequired = true)]
    public string Model { get; init; } = "";

    /// <summary>Processor, device, compute dtype, kernels and threads.</summary>
    [ProtoMember(3, IsRequired = true)]
    public string Arithmetic { get; init; } = "";

    /// <summary>Measured capabilities without the owner's settings; null unless requested.</summary>
    [ProtoMember(4)]
    public WorkerCapabilities? Capabilities { get; init; }
}

/// <summary>Reports that the engine can't be started.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record EngineRefused([property: ProtoMember(1)] string Reason, [property: ProtoMember(2)] bool IsBadInput) : IEngineMessage;

/// <summary>Loads a component of the model.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record PrepareComponent(
    [property: ProtoMember(1)] int Call, [property: ProtoMember(2)] ModelComponent Component) : ICallMessage;

/// <summary>Loads the component of a denoise stage of which evaluations will be computed.</summary>
[ProtoContract]
public sealed record PrepareStage : ICallMessage
{
    /// <inheritdoc/>
    [ProtoMember(1)]
    public int Call { get; init; }

    [ProtoMember(2, IsRequired = true)]
    public string StageJson { get; init; } = "";

    [ProtoMember(3, IsRequired = true)]
    public Dictionary<string, string> Inputs { get; init; } = [];
}

/// <summary>Runs a stage.</summary>
[ProtoContract]
public sealed record RunStage : ICallMessage
{
    /// <inheritdoc/>
    [ProtoMember(1)]
    public int Call { get; init; }

    [ProtoMember(2, IsRequired = true)]
    public string StageJson { get; init; } = "";

    /// <summary>Files of the input artefacts, by name.</summary>
    [ProtoMember(3, IsRequired = true)]
    public Dictionary<string, string> Inputs { get; init; } = [];

    /// <summary>Files to write, by artefact name.</summary>
    [ProtoMember(4, IsRequired = true)]
    public Dictionary<string, string> Outputs { get; init; } = [];

    /// <summary>SHA-256 of the input artefacts, by name.</summary>
    [ProtoMember(5, IsRequired = true)]
    public Dictionary<string, string> Digests { get; init; } = [];
}

/// <summary>Computes offloaded evaluations.</summary>
[ProtoContract]
public sealed record RunEvaluations : ICallMessage
{
    /// <inheritdoc/>
    [ProtoMember(1)]
    public int Call { get; init; }

    [ProtoMember(2, IsRequired = true)]
    public string StageJson { get; init; } = "";

    [ProtoMember(3, IsRequired = true)]
    public Dictionary<string, string> Inputs { get; init; } = [];

    [ProtoMember(4)]
    public int Step { get; init; }

    [ProtoMember(5)]
    public int Count { get; init; }

    [ProtoMember(6, IsRequired = true)]
    public string TokensFile { get; init; } = "";

    [ProtoMember(7, IsRequired = true)]
    public string VelocitiesFile { get; init; } = "";
}

/// <summary>Cancels a call between two steps.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelCall([property: ProtoMember(1)] int Call) : ICallMessage;

/// <summary>Reports the progress of a stage.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record CallProgress(
    [property: ProtoMember(1)] int Call, [property: ProtoMember(2)] int Step, [property: ProtoMember(3)] int Steps) : ICallMessage;

/// <summary>Reports the end of a call.</summary>
/// <param name="Failure">Kind of the failure; null when the call was completed or cancelled.</param>
/// <param name="Message">One sentence about the failure.</param>
/// <param name="IsOutOfSpace">True when a disk was full.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record CallEnded(
    [property: ProtoMember(1)] int Call,
    [property: ProtoMember(2)] bool IsCancelled = false,
    [property: ProtoMember(3)] FailureKind? Failure = null,
    [property: ProtoMember(4)] string? Message = null,
    [property: ProtoMember(5)] bool IsOutOfSpace = false) : ICallMessage;

/// <summary>Reports a change of the resident components.</summary>
[ProtoContract]
public sealed record ResidentChanged : IEngineMessage
{
    /// <summary>Resident components in least-recently-used order.</summary>
    [ProtoMember(1, IsRequired = true)]
    public List<ModelComponent> Components { get; init; } = [];

    /// <summary>The component that was loaded; null when components were only unloaded or reused.</summary>
    [ProtoMember(2)]
    public ModelComponent? Loaded { get; init; }

    /// <summary>Load time in seconds.</summary>
    [ProtoMember(3)]
    public double Seconds { get; init; }
}

/// <summary>Reports the current use of the device's memory.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record MemoryUsed(
    [property: ProtoMember(1)] long? TensorBytes, [property: ProtoMember(2)] long DriverBytes) : IEngineMessage;
