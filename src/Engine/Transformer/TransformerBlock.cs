using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// One block: both streams attend to themselves and to their text, then to each other, then run the feed-forward
/// (docs/reference/transformer.md, fact 9). Its weights are below <c>transformer_blocks.N</c>; streaming creates and disposes each block
/// separately.
/// </summary>
public sealed class TransformerBlock : nn.Module
{
    private readonly int _index;
    private readonly StreamBlock video;
    private readonly StreamBlock? audio;
    private readonly CrossModalLayers? cross;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    /// <param name="scope">The scope of this block.</param>
    /// <param name="index">The block's index, which perturbations refer to.</param>
    public TransformerBlock(WeightScope scope, TransformerConfig config, int index)
        : base(nameof(TransformerBlock))
    {
        _index = index;
        video = new StreamBlock(scope, config, config.Video);
        audio = config.Audio is { } stream ? new StreamBlock(scope, config, stream) : null;
        cross = config.Audio is { } other ? new CrossModalLayers(scope, config, other) : null;
        RegisterComponents();
    }

    /// <summary>Returns the hidden states after the block.</summary>
    /// <param name="tokens">Hidden states of at least one stream.</param>
    /// <param name="evaluation">Inputs shared by all blocks.</param>
    public StreamTokens Forward(StreamTokens tokens, EvaluationInputs evaluation)
    {
        using var scope = TensorScope.Open();
        var (inVideo, inAudio) = (evaluation.Video, evaluation.Audio);
        var (x, y) = (tokens.Video?.alias(), tokens.Audio?.alias());
        if (x is not null && inVideo!.Enabled)
            Replace(ref x, video.Attend(x, inVideo, evaluation.Skipped(SkippedLayer.VideoSelfAttention, _index)));
        if (y is not null && inAudio!.Enabled)
            Replace(ref y, audio!.Attend(y, inAudio, evaluation.Skipped(SkippedLayer.AudioSelfAttention, _index)));
        if (x is not null && y is not null)
        {
            var both = cross!.Forward(
                x, y, inVideo!, inAudio!, evaluation.Skipped(SkippedLayer.AudioToVideo, _index),
                evaluation.Skipped(SkippedLayer.VideoToAudio, _index));
            Replace(ref x, both.Video!);
            Replace(ref y, both.Audio!);
        }

        if (x is not null && inVideo!.Enabled)
            Replace(ref x, video.FeedForward(x, inVideo));
        if (y is not null && inAudio!.Enabled)
            Replace(ref y, audio!.FeedForward(y, inAudio));
        return new StreamTokens(x, y).MoveToOuterDisposeScope();
    }

    /// <summary>Disposes a hidden state as soon as the next one exists.</summary>
    private static void Replace(ref Tensor state, Tensor next)
    {
        state.Dispose();
        state = next;
    }
}
