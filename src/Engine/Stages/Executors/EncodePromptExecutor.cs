using MlxVideo.Engine.Models;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Prompt to contexts; progress is told for each of Gemma's hidden states.</summary>
public sealed class EncodePromptExecutor(ModelCache models) : StageExecutor<EncodePromptTask>
{
    /// <inheritdoc/>
    protected override void Run(EncodePromptTask task, StageFiles files)
    {
        var steps = models.Configs.HiddenStates;
        var context = models.PromptEncoder.Encode(task.Prompt, index => files.Step(index + 1, steps));
        files.Write(task.Context, ("video_context", context));
    }
}
