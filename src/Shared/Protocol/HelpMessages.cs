using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>To a worker that has nothing to do: compute passes of another worker's guided steps, until there is something to do.</summary>
/// <param name="Help">Names the help.</param>
/// <param name="TaskJson">The denoising task as farm JSON.</param>
/// <param name="Inputs">The task's inputs, in the coordinator's blob store.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignHelp(
    [property: ProtoMember(1)] HelpAddress Help,
    [property: ProtoMember(2)] string TaskJson,
    IReadOnlyList<NamedBlob> Inputs) : IFarmMessage
{
    /// <summary>The task's inputs, in the coordinator's blob store.</summary>
    [ProtoMember(3, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Inputs { get; private set; } = Inputs;

    // protobuf has no empty lists: they arrive as nothing at all.
    [ProtoAfterDeserialization]
    private void FillIn() => Inputs ??= [];
}

/// <summary>A helper has loaded what it needs and waits for steps.</summary>
/// <param name="Help">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelpReady([property: ProtoMember(1)] HelpAddress Help) : IFarmMessage;

/// <summary>A helper can't go on, or the worker that it helps waited for it in vain.</summary>
/// <param name="Help">The help.</param>
/// <param name="Kind">What becomes of it; the task itself is not touched.</param>
/// <param name="Message">One sentence.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelpFailed(
    [property: ProtoMember(1)] HelpAddress Help,
    [property: ProtoMember(2)] FailureKind Kind,
    [property: ProtoMember(3)] string Message) : IFarmMessage;

/// <summary>To a helper: stop.</summary>
/// <param name="Help">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelHelp([property: ProtoMember(1)] HelpAddress Help) : IFarmMessage;

/// <summary>To a worker that runs a guided task: somebody computes the last passes of each step from now on, if they are offered.</summary>
/// <param name="Help">The help.</param>
/// <param name="Passes">How many passes of a step.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperJoined(
    [property: ProtoMember(1)] HelpAddress Help,
    [property: ProtoMember(2)] int Passes) : IFarmMessage;

/// <summary>To a worker that is helped: it is not any more.</summary>
/// <param name="Help">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperLeft([property: ProtoMember(1)] HelpAddress Help) : IFarmMessage;
