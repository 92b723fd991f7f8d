namespace MlxVideo.Shared.Batches;

/// <summary>Where a stage stands.</summary>
public enum StageState
{
    /// <summary>An input is missing.</summary>
    Blocked,

    /// <summary>It can be assigned.</summary>
    Ready,

    /// <summary>A worker has it.</summary>
    Running,

    /// <summary>Its outputs are in the blob store.</summary>
    Done,

    /// <summary>It failed for good.</summary>
    Failed,
}
