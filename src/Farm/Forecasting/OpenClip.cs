using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>A clip in a forecast.</summary>
/// <param name="queued">The clip.</param>
internal sealed class OpenClip(QueuedClip queued)
{
    /// <summary>The clip.</summary>
    public QueuedClip Queued => queued;

    /// <summary>How many stages for workers are not done.</summary>
    public int Stages { get; set; }

    /// <summary>How many of them are left, in a forecast.</summary>
    public int Left { get; set; }

    /// <summary>True once it is being denoised, in a forecast.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Forgets what a forecast made of it.</summary>
    public void Reset() => (Left, IsBegun) = (Stages, queued.IsBegun);
}
