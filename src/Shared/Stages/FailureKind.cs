namespace MlxVideo.Shared.Stages;

/// <summary>Why an attempt failed: decides what becomes of the stage.</summary>
public enum FailureKind
{
    /// <summary>The request can't be rendered anywhere: fails the clip, never tried again.</summary>
    Input = 1,

    /// <summary>It does not fit this machine's memory: tried elsewhere.</summary>
    OutOfMemory = 2,

    /// <summary>This machine could not do it: counts against the stage and is tried elsewhere.</summary>
    Machine = 3,

    /// <summary>The machine was wanted back: tried again, counts for nothing.</summary>
    Preempted = 4,

    /// <summary>The coordinator failed, as an ffmpeg that ended or an artefact that is gone: tried again, no worker is charged.</summary>
    Coordinator = 5,

    /// <summary>The disk was full, the worker's or the coordinator's: tried again when there is room, counts for nothing.</summary>
    Disk = 6,
}
