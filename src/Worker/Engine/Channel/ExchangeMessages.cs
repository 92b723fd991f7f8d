using ProtoBuf;

namespace MlxVideo.Worker.Engine.Channel;

/// <summary>Asks how many evaluations of a step a helper computes.</summary>
/// <param name="Evaluations">Number of evaluations in the step.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OfferEvaluations(
    [property: ProtoMember(1)] int Call, [property: ProtoMember(2)] int Step, [property: ProtoMember(3)] int Evaluations) : ICallMessage;

/// <summary>Asks the engine to write the offered step's tokens.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record WriteTokens([property: ProtoMember(1)] int Call, [property: ProtoMember(2)] string File) : ICallMessage;

/// <summary>Reports that the tokens have been written.</summary>
/// <param name="Error">Why they could not be written; null when they were.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record TokensWritten([property: ProtoMember(1)] int Call, [property: ProtoMember(2)] string? Error) : ICallMessage;

/// <summary>Answers an offer.</summary>
/// <param name="Count">Number of evaluations, counted from the last, that the helper computes.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record EvaluationsOffered([property: ProtoMember(1)] int Call, [property: ProtoMember(2)] int Count) : ICallMessage;

/// <summary>Waits for the offloaded evaluations of a step.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record ReceiveEvaluations([property: ProtoMember(1)] int Call, [property: ProtoMember(2)] int Step) : ICallMessage;

/// <summary>Answers with the offloaded evaluations.</summary>
/// <param name="File">The file of velocities; null when they must be computed locally.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record EvaluationsReceived([property: ProtoMember(1)] int Call, [property: ProtoMember(2)] string? File) : ICallMessage;

/// <summary>Rejects an unusable result of a helper.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record RejectEvaluations(
    [property: ProtoMember(1)] int Call, [property: ProtoMember(2)] int Step, [property: ProtoMember(3)] string Reason) : ICallMessage;
