namespace MlxVideo.Shared.Batches;

/// <summary>Status of a clip.</summary>
public enum ClipState
{
    /// <summary>No stage has started.</summary>
    Waiting,

    /// <summary>A stage has started.</summary>
    Rendering,

    /// <summary>The mp4 is in the blob store.</summary>
    Finished,

    /// <summary>The clip will not be finished; its error states the reason.</summary>
    Failed,

    /// <summary>The batch was cancelled before the clip was finished.</summary>
    Cancelled,
}
