using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Scheduling.Learning;
using MlxVideo.Shared.Scheduling.Work;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>A worker while a decision is made: what it is given and reserved for moves its time on.</summary>
internal sealed class Slot(FarmWorker worker, WorkerKnowledge known)
{
    private readonly Dictionary<(string Kind, int Bucket), double> _secondsPerTeraflop = [];

    /// <summary>The worker.</summary>
    public FarmWorker Worker { get; } = worker;

    /// <summary>What is known of it.</summary>
    public WorkerKnowledge Known { get; } = known;

    /// <summary>True while it has no attempt and was given none.</summary>
    public bool IsIdle { get; set; } = worker.Current is null;

    /// <summary>Seconds from now until it could begin something.</summary>
    public double FreeIn { get; set; }

    /// <summary>What will be in its memory then.</summary>
    public ResidentParts Resident { get; set; } = known.Resident;

    /// <summary>Seconds to compute a task; looked up once for each kind and size.</summary>
    public double RunSeconds(SpeedBook speeds, TaskWork work)
    {
        var key = (work.Kind, work.Bucket);
        if (!_secondsPerTeraflop.TryGetValue(key, out var each))
        {
            each = speeds.Seconds(Worker.Id, Worker.Capabilities.Precision, Worker.Capabilities.Teraflops, work) / work.Teraflops;
            _secondsPerTeraflop.Add(key, each);
        }

        return each * work.Teraflops;
    }
}
