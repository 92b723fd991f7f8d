using System.Globalization;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>A farm, its workload and the faults of its Macs.</summary>
/// <param name="Macs">The farm; its first Mac can run every stage and is never lost permanently.</param>
/// <param name="Submissions">The workload; rows are unique across all submissions.</param>
/// <param name="Seed">Seed of the true times.</param>
public sealed record RenderCase(
    IReadOnlyList<SimulatedMac> Macs, IReadOnlyList<Submission> Submissions, IReadOnlyList<InjectedFault> Faults, int Seed)
{
    /// <summary>The total number of clips.</summary>
    public int Clips => Submissions.Sum(submission => submission.Batch.Clips.Count);

    public TrueTimes Times => new(Seed);

    /// <summary>The same case without tags on its clips.</summary>
    public RenderCase WithoutTags() => this with
    {
        Submissions = Submissions.Select(submission => submission with
        {
            Batch = submission.Batch with
            {
                Clips = submission.Batch.Clips.Select(
                clip => clip with { Constraints = clip.Constraints with { Tag = null } }).ToList()
            },
        }).ToList(),
    };

    /// <summary>Simulates the case.</summary>
    public SimulationResult Run(ISchedulingPolicy policy, Action<IFarmEvent>? happened = null) =>
        FarmSimulation.Run(policy, Macs, Submissions, Times, Faults, muxSlots: 1, happened);

    /// <inheritdoc/>
    public override string ToString()
    {
        var macs = Macs.Select(mac => $"{mac.Name} {mac.MemoryGb} GB {mac.TeraflopsPerSecond} Tflop/s disk {mac.DiskGbPerSecond} link "
            + $"{mac.LinkGbit} [{string.Join(' ', mac.Capabilities.Tags)}]");
        var clips = from submission in Submissions
                    from clip in submission.Batch.Clips
                    let constraints = clip.Constraints
                    select $"{submission.AtSeconds}s row {clip.Row} '{clip.Settings.Prompt}' "
                        + $"{clip.Settings.Width}x{clip.Settings.Height}x{clip.Settings.NumFrames} class {constraints.Priority} "
                        + $"{constraints.Deadline:T} {(constraints.Preempts ? "preempts " : "")}{constraints.Tag} weight "
                        + $"{submission.Batch.Weight}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {Seed}\n  {string.Join("\n  ", macs)}\n  {string.Join("\n  ", clips)}\n  {string.Join("\n  ", Faults)}");
    }
}
