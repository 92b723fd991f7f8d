using System.Collections.Immutable;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>What the scheduler knows of a clip's tasks from its settings alone.</summary>
public static class ClipWork
{
    /// <summary>The work of each task of a plan, by the task's id; sorted, so that sums have the same last bits in every process.</summary>
    public static ImmutableSortedDictionary<string, StageWork> Of(StagePlan plan, RenderSettings settings)
    {
        var keys = DerivationKeys.Of(plan);
        var work = ImmutableSortedDictionary.CreateBuilder<string, StageWork>(StringComparer.Ordinal);
        var longestBehind = new Dictionary<string, double>(StringComparer.Ordinal); // by artefact

        // Each task comes after those whose outputs it reads: backwards, what waits for a task is known before the task.
        foreach (var task in plan.Tasks.Reverse())
        {
            var own = StageArithmetic.Teraflops(task, settings);
            var path = own + task.Outputs.Max(output => longestBehind.GetValueOrDefault(output));
            foreach (var input in task.Inputs)
                longestBehind[input] = Math.Max(longestBehind.GetValueOrDefault(input), path);
            work.Add(task.Id, OfTask(task, settings) with { Key = keys[task.Id], PathTeraflops = path });
        }

        return work.ToImmutable();
    }

    /// <summary>The work of a task by itself: without a derivation key, and nothing waits for it.</summary>
    public static StageWork OfTask(StageTask task, RenderSettings settings)
    {
        var own = StageArithmetic.Teraflops(task, settings);
        var denoise = task as DenoiseTask;
        return new StageWork(
            StageKinds.Of(task), ModelParts.Of(task), own, denoise?.Steps ?? 1, denoise?.PassesOfStep ?? 1,
            StageMemory.ActivationElements(task, settings), StageTransfers.OutputBytes(task, settings), Key: "", PathTeraflops: own)
        {
            HasEmptySteps = denoise?.Guided is { } guided && (guided.Video.SkipStep > 0 || guided.Audio.SkipStep > 0),
        };
    }
}
