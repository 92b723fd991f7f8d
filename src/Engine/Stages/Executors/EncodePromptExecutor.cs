using MlxVideo.Engine.Models;
using MlxVideo.Engine.Text.Tokenization;
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

    private const int QuotedLength = 40;

    /// <inheritdoc/>
    protected override void Run(EncodePromptStage stage, StageFiles files)
    {
        var encoder = models.PromptEncoder;
        if (encoder.DroppedTokens(stage.Prompt) is > 0 and var dropped)
        {
            files.Notice?.Invoke(
                $"The prompt \"{Beginning(stage.Prompt)}\" has {PromptTokens.StandardLength + dropped} tokens, but the model accepts only "
                    + $"{PromptTokens.StandardLength}: the last {dropped} are dropped; shorten the prompt.");
        }

        var contexts = encoder.Encode(stage.Prompt, index => files.Step(index + 1, encoder.Steps), files.Cancellation);
        var tensors = new List<(string, Tensor)> { (VideoContext, contexts.Video) };
        if (contexts.Audio is { } audio)
            tensors.Add((AudioContext, audio));
        files.Write(stage.Context, tensors);
    }

    private static string Beginning(string prompt)
    {
        var text = string.Join(' ', prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= QuotedLength ? text : text[..QuotedLength] + "…";
    }
}
