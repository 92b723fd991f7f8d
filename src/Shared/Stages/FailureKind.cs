namespace MlxVideo.Shared.Stages;

/// <summary>Reason for a failed attempt; determines whether and where the stage is retried.</summary>
public enum FailureKind
{
    /// <summary>The request cannot be rendered on any machine: the clip fails without a retry.</summary>
    Input = 1,

    /// <summary>The stage does not fit into this machine's memory: retried elsewhere.</summary>
    OutOfMemory = 2,

    /// <summary>The machine failed: counts against the stage, which is retried elsewhere.</summary>
    Machine = 3,

    /// <summary>The machine was reclaimed: retried without counting as a failure.</summary>
    Preempted = 4,

    /// <summary>The coordinator failed, for example a terminated ffmpeg or a lost artefact: retried without charging a worker.</summary>
    Coordinator = 5,

    /// <summary>The worker's or the coordinator's disk was full: retried when there is space, without counting as a failure.</summary>
    Disk = 6,

    /// <summary>
    /// An input is missing or damaged in the coordinator's blob store: the stage that produces it runs again, without counting as a
    /// failure.
    /// </summary>
    MissingInput = 7,
}
