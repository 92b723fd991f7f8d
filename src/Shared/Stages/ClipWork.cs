using System.Collections.Immutable;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>Computes the work of a clip's stages from its settings alone.</summary>
public static class ClipWork
{
    /// <summary>
    /// Returns the work of each stage of a plan by stage id; sorted, because floating-point sums must be identical in every process.
    /// </summary>
    public static ImmutableSortedDictionary<string, StageWork> Of(StagePlan plan, RenderSettings settings)
    {
        var keys = DerivationKeys.Of(plan);
        var work = ImmutableSortedDictionary.CreateBuilder<string, StageWork>(StringComparer.Ordinal);
        var longestBehind = new Dictionary<string, double>(StringComparer.Ordinal); // by artefact

        // The plan is topologically sorted: in reverse order, a stage's dependants are visited before the stage.
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

    /// <summary>Returns the work of a single stage, without a derivation key or dependants.</summary>
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
