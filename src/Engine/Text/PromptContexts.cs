using static TorchSharp.torch;

namespace MlxVideo.Engine.Text;

/// <summary>The encoded prompt that the transformer attends to.</summary>
/// <param name="Video">(B, S, W) for the video stream.</param>
/// <param name="Audio">(B, S, W) for the audio stream; null when the model has none.</param>
public sealed record PromptContexts(Tensor Video, Tensor? Audio) : IDisposable
{
    /// <summary>Moves the tensors to the enclosing dispose scope.</summary>
    public PromptContexts MoveToOuterDisposeScope()
    {
        Video.MoveToOuterDisposeScope();
        Audio?.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Video.Dispose();
        Audio?.Dispose();
    }
}
