namespace MlxVideo.Shared.Batches;

/// <summary>Status of a stage.</summary>
public enum StageState
{
    /// <summary>An input is missing.</summary>
    Blocked,

    /// <summary>All inputs are available; the stage can be assigned.</summary>
    Ready,

    /// <summary>The stage is assigned to a worker.</summary>
    Running,

    /// <summary>The outputs are in the blob store.</summary>
    Done,

    /// <summary>The stage failed permanently.</summary>
    Failed,
}
