using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Shared.Tests.Stages;

/// <summary>Checks that hold for every plan.</summary>
internal static class PlanAssert
{
    /// <summary>
    /// The settings are valid, and their plan has these stages: each can run after the earlier ones, writes artefacts of its own, has an
    /// estimate of its work, and survives serialization.
    /// </summary>
    /// <param name="stages">Ids of the stages, separated by spaces.</param>
    public static void HasStages(RenderSettings settings, string stages)
    {
        Assert.Empty(RenderSettingsRules.Check(settings));
        var plan = StagePlanner.Plan(settings);
        Assert.Equal(stages, string.Join(' ', plan.Stages.Select(stage => stage.Id)));
        var written = plan.ExternalInputs.Keys.ToHashSet();
        foreach (var stage in plan.Stages)
        {
            Assert.All(stage.Inputs, input => Assert.Contains(input, written));
            Assert.All(stage.Outputs, output => Assert.True(written.Add(output), $"{output} is written twice"));
        }

        Assert.Equal(plan.Stages.Count, ClipWork.Of(plan, settings).Count);
        Assert.All(plan.Stages.Select(StageJson.Serialize), json => Assert.Equal(json, StageJson.Serialize(StageJson.Deserialize(json))));
    }
}
