namespace MlxVideo.Shared.Batches;

/// <summary>Where a clip stands.</summary>
public enum ClipState
{
    /// <summary>No stage has started.</summary>
    Waiting,

    /// <summary>A stage has started.</summary>
    Rendering,

    /// <summary>The mp4 is in the blob store.</summary>
    Finished,

    /// <summary>It will not be finished; the error says why.</summary>
    Failed,

    /// <summary>The batch was cancelled before it was finished.</summary>
    Cancelled,
}
