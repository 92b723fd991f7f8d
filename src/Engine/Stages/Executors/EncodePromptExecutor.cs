using MlxVideo.Engine.Models;
using MlxVideo.Shared.Renders.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Prompt to contexts; progress is told for each of Gemma's hidden states.</summary>
public sealed class EncodePromptExecutor(ModelCache models) : StageExecutor<EncodePromptTask>
{
    /// <summary>Name of the video stream's context in the artefact.</summary>
    public const string VideoContext = "video_context";

    /// <summary>Name of the audio stream's context in the artefact, of models with audio.</summary>
    public const string AudioContext = "audio_context";

    /// <inheritdoc/>
    protected override void Run(EncodePromptTask task, StageFiles files)
    {
        var encoder = models.PromptEncoder;
        var contexts = encoder.Encode(task.Prompt, index => files.Step(index + 1, encoder.Steps), files.Cancellation);
        var tensors = new List<(string, Tensor)> { (VideoContext, contexts.Video) };
        if (contexts.Audio is { } audio)
            tensors.Add((AudioContext, audio));
        files.Write(task.Context, tensors);
    }
}
