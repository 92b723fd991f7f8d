namespace MlxVideo.Engine.Stages;

/// <summary>A stage that failed: one sentence on what is wrong, and what kind of fault it is.</summary>
public sealed class StageException(StageFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of fault.</summary>
    public StageFault Fault { get; } = fault;
}

/// <summary>Why a stage failed.</summary>
public enum StageFault
{
    /// <summary>The request is at fault: it would fail on any machine.</summary>
    Input,

    /// <summary>The stage did not fit this machine's memory.</summary>
    OutOfMemory,

    /// <summary>This machine could not do it: a damaged file, a missing model, a fault of the device.</summary>
    Machine,
}
