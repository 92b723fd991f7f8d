using System.Globalization;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>A farm, what it is asked to render, and what happens to its Macs.</summary>
/// <param name="Macs">The farm; its first Mac can do everything and is never lost for good.</param>
/// <param name="Submissions">What it renders; rows are unique over all of them.</param>
/// <param name="Faults">What happens.</param>
/// <param name="Seed">Of the true times.</param>
public sealed record RenderCase(
    IReadOnlyList<SimulatedMac> Macs, IReadOnlyList<Submission> Submissions, IReadOnlyList<InjectedFault> Faults, int Seed)
{
    /// <summary>How many clips there are.</summary>
    public int Clips => Submissions.Sum(submission => submission.Batch.Clips.Count);

    /// <summary>How long things take.</summary>
    public TrueTimes Times => new(Seed);

    /// <summary>The same case, where no clip asks for certain Macs.</summary>
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

    /// <summary>Renders it all.</summary>
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
