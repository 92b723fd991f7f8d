using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Shared.Scheduling.Work;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>A task that could be placed.</summary>
/// <param name="Batch">Its batch.</param>
/// <param name="Clip">Its clip.</param>
/// <param name="Task">The task.</param>
/// <param name="Work">What the scheduler knows of it.</param>
internal sealed record Candidate(Batch Batch, Clip Clip, StageTask Task, TaskWork Work)
{
    private IReadOnlyList<HeldInput>? _inputs;

    public TaskAddress Address => new(Batch.Id, Clip.Row, Task.Id);

    public StageProgress Stage => Clip.Stages[Task.Id];

    /// <summary>The files that it reads, and who has them already.</summary>
    public IReadOnlyList<HeldInput> Inputs => _inputs ??= Task.Inputs.Where(Clip.Artefacts.ContainsKey).Select(input => new HeldInput(Clip.Artefacts[input].Length, HoldersOf(input))).ToList();

    /// <summary>A clip's ready tasks for workers, the last of its plan first: what is nearest to being finished goes first.</summary>
    public static IEnumerable<Candidate> Of(Batch batch, Clip clip)
    {
        if (!clip.IsOpen)
            yield break;
        for (var index = clip.Plan.Tasks.Count - 1; index >= 0; index--)
        {
            var task = clip.Plan.Tasks[index];
            if (clip.Stages[task.Id].State == Api.StageState.Ready && clip.Work[task.Id] is { Part: not null } work)
                yield return new Candidate(batch, clip, task, work);
        }
    }

    /// <summary>Workers that made or used an artefact of the clip keep it.</summary>
    private List<string> HoldersOf(string artefact)
    {
        var holders = new List<string>();
        foreach (var task in Clip.Plan.Tasks)
        {
            if (Clip.Stages[task.Id] is { State: Api.StageState.Done, Last: { } last } && (task.Outputs.Contains(artefact) || task.Inputs.Contains(artefact)))
                holders.Add(last.Worker);
        }

        return holders;
    }
}

/// <summary>A file that a task reads.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Holders">Workers that need not fetch it.</param>
internal sealed record HeldInput(long Bytes, IReadOnlyList<string> Holders);
