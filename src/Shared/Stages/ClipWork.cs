using System.Collections.Immutable;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>What the scheduler knows of a clip's stages from its settings alone.</summary>
public static class ClipWork
{
    /// <summary>
    /// The work of each stage of a plan, by the stage's id; sorted, so that sums have the same last bits in every process.
    /// </summary>
    public static ImmutableSortedDictionary<string, StageWork> Of(StagePlan plan, RenderSettings settings)
    {
        var keys = DerivationKeys.Of(plan);
        var work = ImmutableSortedDictionary.CreateBuilder<string, StageWork>(StringComparer.Ordinal);
        var longestBehind = new Dictionary<string, double>(StringComparer.Ordinal); // by artefact

        // Each stage comes after those whose outputs it reads: backwards, what waits for a stage is known before the stage.
        foreach (var stage in plan.Stages.Reverse())
        {
            var own = OfStage(stage, settings);
            var path = own.TeraOperations + stage.Outputs.Max(output => longestBehind.GetValueOrDefault(output));
            foreach (var input in stage.Inputs)
                longestBehind[input] = Math.Max(longestBehind.GetValueOrDefault(input), path);
            work.Add(stage.Id, own with { Key = keys[stage.Id], PathTeraOperations = path });
        }

        return work.ToImmutable();
    }

    /// <summary>The work of a stage by itself: without a derivation key, and nothing waits for it.</summary>
    public static StageWork OfStage(Stage stage, RenderSettings settings)
    {
        var kind = StageKinds.Of(stage);
        var (operations, steps) = (kind.TeraOperations(stage, settings), kind.Steps(stage));
        return new StageWork(
            kind.Id, kind.Component, operations, steps.Count, steps.Evaluations, kind.ActivationElements(stage, settings),
            kind.OutputBytes(stage, settings), Key: "", PathTeraOperations: operations)
        {
            HasEmptySteps = steps.HasEmpty,
            IsPreparation = kind.IsPreparation,
        };
    }
}
