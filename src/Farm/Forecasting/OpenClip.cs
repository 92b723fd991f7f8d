using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>A clip in a forecast.</summary>
internal sealed class OpenClip(QueuedClip queued)
{
    public QueuedClip Queued => queued;

    /// <summary>Number of its unfinished stages for workers when the forecast starts.</summary>
    public int Stages { get; set; }

    /// <summary>Number of these stages that the forecast has not finished.</summary>
    public int Left { get; set; }

    /// <summary>True once it has begun denoising in the forecast.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Discards the effects of a forecast.</summary>
    public void Reset() => (Left, IsBegun) = (Stages, queued.IsBegun);
}
