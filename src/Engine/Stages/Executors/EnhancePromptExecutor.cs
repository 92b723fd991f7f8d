using MlxVideo.Engine.Models;
using MlxVideo.Engine.Text.Enhancement;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Text;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Rewrites a prompt; reports progress per written token, and the new prompt in a notice.</summary>
public sealed class EnhancePromptExecutor(ModelCache models) : StageExecutor<EnhancePromptStage>
{
    /// <inheritdoc/>
    protected override void Run(EnhancePromptStage stage, StageFiles files)
    {
        var encoder = models.PromptEncoder;
        if (LongPrompts.NoticeOf(encoder, stage.Prompt) is { } notice)
            files.Notice?.Invoke(notice);
        var request = new EnhancementRequest(stage.Prompt, stage.HasImages, stage.MaxTokens, stage.Temperature, stage.Seed ?? 0);
        var enhanced = encoder.Enhancer.Enhance(request, written => files.Step(written, stage.MaxTokens), files.Cancellation);
        files.Notice?.Invoke(NoticeOf(enhanced, stage));
        files.WriteText(stage.EnhancedPrompt, VisibleText.IsBlank(enhanced.Text) ? stage.Prompt : enhanced.Text);
    }

    private static string NoticeOf(EnhancedPrompt enhanced, EnhancePromptStage stage)
    {
        if (VisibleText.IsBlank(enhanced.Text))
            return "The language model wrote no text: the prompt is used as it is.";
        var cutOff = enhanced.IsCutOff ? $" (cut off after {stage.MaxTokens} tokens; raise the maximum for a complete text)" : "";
        return $"Enhanced prompt{cutOff}: {PrintableText.Of(enhanced.Text, RenderSettingsRules.MaxPromptLength)}";
    }
}
