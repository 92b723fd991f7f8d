using Google.OrTools.LinearSolver;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>
/// Seconds below which no policy can end a batch from where a run stood when a fault struck, one that knows all times from
/// then on included: what was done is done, what ran goes on or begins anew elsewhere. It tells what of a run's loss is the
/// fault's, of which nobody knew, from what is the policy's.
/// </summary>
public static class BoundFromFault
{
    // Stages times Macs beyond which the program takes too long.
    private const int Largest = 400;

    // Where the solver stops: its best bound is valid wherever that is. No limit of time, so that bounds are the same everywhere.
    private const string SolverLimits = "limits/gap = 0.002\nlimits/totalnodes = 100";

    /// <summary>The bound of a run; null when too much was left for it, or where two Macs can share a stage.</summary>
    /// <param name="macs">The farm.</param>
    /// <param name="batch">What is rendered.</param>
    /// <param name="times">How long things take.</param>
    /// <param name="fault">The only fault of the run: a Mac slows, dies or leaves.</param>
    /// <param name="run">The run.</param>
    public static double? Of(
        IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times, InjectedFault fault, SimulationResult run)
    {
        if (run.Makespan <= fault.AtSeconds)
            return run.Makespan;
        var clips = ClipTime.Of(macs, batch, times);
        if (clips.Any(clip => clip.Stages.Any(stage => stage.Work.Evaluations > 1)))
            return null;
        var left = LeftStages(macs, clips, times, fault, run);
        if (left.Count == 0)
            return fault.AtSeconds;
        return left.Count * macs.Count > Largest ? null : fault.AtSeconds + Seconds(left, macs.Count) + clips.Min(clip => clip.MuxSeconds);
    }

    /// <summary>The stages that are not done when the fault strikes, each after those that it reads from.</summary>
    private static List<LeftStage> LeftStages(
        IReadOnlyList<SimulatedMac> macs, IReadOnlyList<ClipTime> clips, TrueTimes times, InjectedFault fault, SimulationResult run)
    {
        var spans = run.Spans.ToLookup(span => (span.Row, span.Stage));
        var done =
            clips.SelectMany(
                clip => clip.Stages.Where(
                    stage => spans[(clip.Row, stage.Stage.Id)].Any(span => !span.Wasted && span.End <= fault.AtSeconds)))
                    .Select(stage => stage.Work.Key).ToHashSet();
        var left = new Dictionary<string, LeftStage>(StringComparer.Ordinal);
        foreach (var clip in clips)
        {
            var makers = new Dictionary<string, LeftStage>(StringComparer.Ordinal);
            foreach (var stage in clip.Stages.Where(stage => !done.Contains(stage.Work.Key)))
            {
                if (!left.TryGetValue(stage.Work.Key, out var made))
                    left.Add(
                        stage.Work.Key,
                        made = new LeftStage(macs.Select((mac, place) => WholeSeconds(stage, mac, place, fault)).ToArray()));
                made.Before.UnionWith(stage.Stage.Inputs.Where(makers.ContainsKey).Select(input => makers[input]));
                foreach (
                    var span in spans[(clip.Row, stage.Stage.Id)]
                        .Where(span => span.Start <= fault.AtSeconds && span.End > fault.AtSeconds))
                {
                    var place = macs.TakeWhile(mac => mac.Name != span.Mac).Count();
                    var (step, all) =
                        RunningSeconds(times.Seconds(macs[place], clip.Row, stage.Stage.Id, stage.Work), stage.Work.Steps, span,
                            fault.AtSeconds, Slowness(place, fault));
                    made.Seconds[place] = Math.Min(made.Seconds[place], all);
                    made.Runs[place] = Math.Min(step, made.Seconds[place]);
                }

                foreach (var output in stage.Stage.Outputs)
                    makers[output] = made;
            }
        }

        return [.. left.Values];
    }

    /// <summary>Seconds of a stage that begins after the fault.</summary>
    private static double WholeSeconds(StageTimes stage, SimulatedMac mac, int place, InjectedFault fault) =>
        fault is MacDies or MacLeaves && fault.Mac == place
        ? double.PositiveInfinity
        : (stage.Seconds[place] * Slowness(place, fault)) + (stage.Work.OutputBytes / mac.Capabilities.LinkBytesPerSecond);

    /// <summary>
    /// Seconds until a worker that computes could stop, and until it has computed all: the step that it is at goes on as it began.
    /// </summary>
    private static (double Step, double All) RunningSeconds(double seconds, int steps, WorkSpan span, double at, double slowness)
    {
        var elapsed = at - span.ComputeFrom;
        if (elapsed < 0)
            return (0, seconds * slowness);
        var done = Math.Min(steps - 1, (int)(elapsed * steps / seconds));
        var step = Math.Max(0, ((done + 1) * seconds / steps) - elapsed);
        return (step, step + ((steps - done - 1) * seconds / steps * slowness));
    }

    private static double Slowness(int place, InjectedFault fault) => fault is MacSlows slows && slows.Mac == place ? slows.Times : 1;

    /// <summary>
    /// The least time in which each stage is done by one Mac after those that it reads from, the work of no Mac is longer, nor is
    /// what a Mac does of all that comes after a stage, from that stage's end on. Where a running stage goes elsewhere, its Mac
    /// still ends the step.
    /// </summary>
    private static double Seconds(List<LeftStage> left, int macs)
    {
        using var solver = Solver.CreateSolver("SCIP");
        solver.SetSolverSpecificParametersAsString(SolverLimits);
        var makespan = solver.MakeNumVar(0, double.PositiveInfinity, "T");
        var isOn = left.ToDictionary(stage => stage, stage =>
            stage.Seconds.Select(seconds => solver.MakeIntVar(0, double.IsFinite(seconds) ? 1 : 0, "")).ToArray());
        var ends = left.ToDictionary(stage => stage, _ => solver.MakeNumVar(0, double.PositiveInfinity, ""));
        var behind = left.ToDictionary(stage => stage, _ => new HashSet<LeftStage>());
        foreach (var stage in Enumerable.Reverse(left))
        {
            foreach (var before in stage.Before)
                behind[before].UnionWith([stage, .. behind[stage]]);
        }

        LinearExpr On(LeftStage stage, int mac) => (double.IsFinite(stage.Seconds[mac]) ? stage.Seconds[mac] : 0) * isOn[stage][mac];
        LinearExpr Sum(IEnumerable<LinearExpr> terms) => terms.Aggregate(new LinearExpr(), (sum, term) => sum + term);
        foreach (var stage in left)
        {
            var seconds = Sum(Enumerable.Range(0, macs).Select(mac => On(stage, mac)));
            solver.Add(Sum(isOn[stage].Select(mac => 1 * mac)) == 1);
            solver.Add(ends[stage] >= seconds);
            solver.Add(ends[stage] <= makespan);
            foreach (var before in stage.Before)
                solver.Add(ends[stage] >= ends[before] + seconds);
            for (var mac = 0; mac < macs; mac++)
            {
                if (behind[stage].Count > 0)
                    solver.Add(ends[stage] + Sum(behind[stage].Select(after => On(after, mac))) <= makespan);
            }
        }

        for (var mac = 0; mac < macs; mac++)
            solver.Add(Sum(left.Select(stage => On(stage, mac) + (stage.Runs[mac] * (1 - isOn[stage][mac])))) <= makespan);
        solver.Minimize(makespan);
        return solver.Solve() is Solver.ResultStatus.OPTIMAL or Solver.ResultStatus.FEASIBLE ? solver.Objective().BestBound() : 0;
    }

    /// <summary>A stage that is left.</summary>
    private sealed class LeftStage(double[] seconds)
    {
        /// <summary>Seconds from the fault on that a Mac needs for it, by its place; infinite where it can't be done.</summary>
        public double[] Seconds => seconds;

        /// <summary>Seconds until a Mac that is at it could stop.</summary>
        public double[] Runs { get; } = new double[seconds.Length];

        /// <summary>What it reads from.</summary>
        public HashSet<LeftStage> Before { get; } = [];
    }
}
