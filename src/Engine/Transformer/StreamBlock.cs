using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// One modality's layers in a block: modulated self-attention, text attention, modulated feed-forward
/// (docs/reference/transformer.md, facts 1, 3 and 9). Keys, after the stream's prefix: <c>attn1, attn2, ff, scale_shift_table,
/// prompt_scale_shift_table</c>.
/// </summary>
public sealed class StreamBlock : nn.Module
{
    // Rows of the modulation: shift, scale and gate of self-attention, of the feed-forward, and in 2.3 of text attention.
    private const int SelfRows = 0;
    private const int FeedForwardRows = 3;
    private const int TextRows = 6;
    private const int RowsWithoutText = 6;
    private const int RowsWithText = 9;

    // Rows of the text context's own table.
    private const int ContextShift = 0;
    private const int ContextScale = 1;

    private readonly double _epsilon;
    private readonly TensorKernels _kernels;
    private readonly Attention attn1;
    private readonly Attention attn2;
    private readonly FeedForward ff;
    private readonly Tensor scale_shift_table;
    private readonly Tensor? prompt_scale_shift_table;

    /// <summary>Reads the weights from <paramref name="scope"/>, the scope of the block.</summary>
    public StreamBlock(WeightScope scope, TransformerConfig config, StreamConfig stream)
        : base(nameof(StreamBlock))
    {
        (_epsilon, _kernels) = (config.NormEpsilon, scope.Compute.Kernels);
        var self =
            new AttentionSize(stream.InnerDim, stream.InnerDim, stream.Heads, stream.HeadDim, config.NormEpsilon, config.GatedAttention);
        attn1 = new Attention(scope.Sub($"{stream.KeyPrefix}attn1"), self);
        attn2 = new Attention(scope.Sub($"{stream.KeyPrefix}attn2"), self with { ContextDim = stream.ContextDim });
        ff = new FeedForward(scope.Sub($"{stream.KeyPrefix}ff"), stream.InnerDim);
        scale_shift_table = scope.Weight($"{stream.KeyPrefix}scale_shift_table", ModulationRows(config), stream.InnerDim);
        prompt_scale_shift_table = config.ModulatesText
            ? scope.Weight($"{stream.KeyPrefix}prompt_scale_shift_table", 2, stream.ContextDim)
            : null;
        RegisterComponents();
    }

    /// <summary>Modulation rows that the blocks of a model require.</summary>
    public static int ModulationRows(TransformerConfig config) => config.ModulatesText ? RowsWithText : RowsWithoutText;

    /// <summary>Returns x (B, T, D) after self-attention and text attention.</summary>
    public Tensor Attend(Tensor x, StreamInputs inputs, SkippedSamples? skipped)
    {
        using var scope = TensorScope.Open();
        var attended = SelfAttention(x, inputs, skipped);
        return TextAttention(attended, inputs).add_(attended).MoveToOuterDisposeScope();
    }

    /// <summary>Returns x (B, T, D) after the feed-forward.</summary>
    public Tensor FeedForward(Tensor x, StreamInputs inputs)
    {
        using var scope = TensorScope.Open();
        var hidden = ff.forward(Modulate(x, inputs.Modulation, FeedForwardRows));
        return hidden.mul_(Row(inputs.Modulation, FeedForwardRows + 2)).add_(x).MoveToOuterDisposeScope();
    }

    private Tensor SelfAttention(Tensor x, StreamInputs inputs, SkippedSamples? skipped)
    {
        using var scope = TensorScope.Open();
        var normed = Modulate(x, inputs.Modulation, SelfRows);
        var attended = attn1.Forward(normed, normed, inputs.SelfAttentionMask, inputs.Rotation.Self, inputs.Rotation.Self, skipped);
        return attended.mul_(Row(inputs.Modulation, SelfRows + 2)).add_(x).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the contribution of text attention. In 2.0 it is neither modulated nor gated; there is no rotation.</summary>
    private Tensor TextAttention(Tensor x, StreamInputs inputs)
    {
        using var scope = TensorScope.Open();
        if (prompt_scale_shift_table is null)
            return attn2.Forward(_kernels.RmsNorm(x, _epsilon), inputs.Context, inputs.ContextMask).MoveToOuterDisposeScope();
        var scale = inputs.Text!.Row(ContextScale, prompt_scale_shift_table.select(0, ContextScale));
        var shift = inputs.Text.Row(ContextShift, prompt_scale_shift_table.select(0, ContextShift));
        var attended = attn2.Forward(Modulate(x, inputs.Modulation, TextRows), inputs.Context * (scale + 1) + shift, inputs.ContextMask);
        return attended.mul_(Row(inputs.Modulation, TextRows + 2)).MoveToOuterDisposeScope();
    }

    private Tensor Modulate(Tensor x, Modulation modulation, int rows) =>
        _kernels.RmsNorm(x, _epsilon).mul_(Row(modulation, rows + 1) + 1).add_(Row(modulation, rows));

    private Tensor Row(Modulation modulation, int row) => modulation.Row(row, scale_shift_table.select(0, row));
}
