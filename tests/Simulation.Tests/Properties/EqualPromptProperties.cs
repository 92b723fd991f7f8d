using FsCheck.Xunit;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;

namespace MlxVideo.Simulation.Tests.Properties;

/// <summary>
/// A prompt shared by several clips of a batch is encoded once. Results of finished clips are not kept for later batches.
/// </summary>
public sealed class EqualPromptProperties
{
    [Property(Arbitrary = [typeof(RenderCases.NominalBatch)], MaxTest = 250)]
    public void Equal_prompts_are_encoded_once(RenderCase drawn)
    {
        var prompts = drawn.Submissions.SelectMany(submission => submission.Batch.Clips).Select(clip => clip.Settings.Prompt)
            .Distinct().Count();
        var encoded = 0;

        drawn.Run(new CheckedPolicy(new Scheduler()), happened =>
            encoded += happened is FarmEvents.AttemptSucceeded { Attempt.Stage.StageId: EncodePromptStage.KindId } ? 1 : 0);

        Assert.Equal(prompts, encoded);
    }
}
