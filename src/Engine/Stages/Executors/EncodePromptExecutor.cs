using MlxVideo.Engine.Models;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Encodes a prompt to contexts; reports progress per hidden state of Gemma.</summary>
public sealed class EncodePromptExecutor(ModelCache models) : StageExecutor<EncodePromptStage>
{
    /// <summary>Name of the video stream's context in the artefact.</summary>
    public const string VideoContext = "video_context";

    /// <summary>Name of the audio stream's context in the artefact; only for models with audio.</summary>
    public const string AudioContext = "audio_context";

    /// <inheritdoc/>
    protected override void Run(EncodePromptStage stage, StageFiles files)
    {
        var encoder = models.PromptEncoder;
        var prompt = stage.EnhancedPrompt is { } enhanced ? files.ReadText(enhanced) : stage.Prompt ?? "";
        if (LongPrompts.NoticeOf(encoder, prompt) is { } notice)
            files.Notice?.Invoke(notice);
        var contexts = encoder.Encode(prompt, index => files.Step(index + 1, encoder.Steps), files.Cancellation);
        var tensors = new List<(string, Tensor)> { (VideoContext, contexts.Video) };
        if (contexts.Audio is { } audio)
            tensors.Add((AudioContext, audio));
        files.Write(stage.Context, tensors);
    }
}
