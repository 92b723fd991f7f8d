using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>What every block of one forward pass sees.</summary>
/// <param name="Modulation">Shifts, scales and gates of the tokens' timesteps: six rows.</param>
/// <param name="Context">(B, L, D): the projected text context.</param>
/// <param name="ContextMask">Additive, (B, 1, 1, L), or null.</param>
/// <param name="Rotation">Rotations of the tokens' positions.</param>
/// <param name="SelfAttentionMask">Additive, (B, 1, T, T), or null.</param>
public sealed record BlockInputs(Modulation Modulation, Tensor Context, Tensor? ContextMask, RotaryTable Rotation, Tensor? SelfAttentionMask);

/// <summary>
/// One block of the video stream: modulated self-attention, text attention, modulated feed-forward (README-dit, facts 1
/// and 9). Keys: <c>attn1, attn2, ff, scale_shift_table</c>. (B, T, D) to (B, T, D).
/// </summary>
public sealed class TransformerBlock : nn.Module
{
    // Rows of the modulation: shift, scale and gate of self-attention, then of the feed-forward.
    private const int AttentionRows = 0;
    private const int FeedForwardRows = 3;
    private const int TableRows = 6;

    private readonly double _epsilon;
    private readonly Attention attn1;
    private readonly Attention attn2;
    private readonly FeedForward ff;
    private readonly Tensor scale_shift_table;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public TransformerBlock(WeightScope scope, TransformerConfig config)
        : base(nameof(TransformerBlock))
    {
        _epsilon = config.NormEpsilon;
        var size = new AttentionSize(config.InnerDim, config.InnerDim, config.Heads, config.HeadDim, config.NormEpsilon);
        attn1 = new Attention(scope.Sub("attn1"), size);
        attn2 = new Attention(scope.Sub("attn2"), size);
        ff = new FeedForward(scope.Sub("ff"), config.InnerDim);
        scale_shift_table = scope.Weight("scale_shift_table", TableRows, config.InnerDim);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, T, D)</param>
    /// <param name="inputs">What all blocks see.</param>
    /// <param name="skipSelfAttention">Replaces self-attention by its values (spatio-temporal guidance).</param>
    public Tensor Forward(Tensor x, BlockInputs inputs, bool skipSelfAttention = false)
    {
        using var scope = NewDisposeScope();

        // Self-attention
        var normed = Modulate(x, inputs.Modulation, AttentionRows);
        var skipped = skipSelfAttention ? new SkippedSamples(Enumerable.Repeat(true, (int)x.shape[0]).ToArray()) : null;
        var attended = attn1.Forward(normed, normed, inputs.SelfAttentionMask, inputs.Rotation, inputs.Rotation, skipped);
        x = x + attended * Row(inputs.Modulation, AttentionRows + 2);

        // Text attention: no modulation, no gate, no rotation in LTX-2.0
        x = x + attn2.Forward(RmsNorm.Apply(x, _epsilon), inputs.Context, inputs.ContextMask);

        // Feed-forward
        x = x + ff.forward(Modulate(x, inputs.Modulation, FeedForwardRows)) * Row(inputs.Modulation, FeedForwardRows + 2);
        return x.MoveToOuterDisposeScope();
    }

    private Tensor Modulate(Tensor x, Modulation modulation, int rows) =>
        RmsNorm.Apply(x, _epsilon) * (Row(modulation, rows + 1) + 1) + Row(modulation, rows);

    private Tensor Row(Modulation modulation, int row) => modulation.Row(row, scale_shift_table.select(0, row));
}
