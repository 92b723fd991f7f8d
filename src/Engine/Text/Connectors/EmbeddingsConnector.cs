using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// Converts a prompt's features to the transformer's context: moves valid tokens to the front, fills the tail with registers, then runs a
/// small transformer without a mask. Keys: <c>learnable_registers, transformer_1d_blocks.N</c>. Preserves the shape (B, S, D).
/// </summary>
public sealed class EmbeddingsConnector : nn.Module
{
    private const double Epsilon = 1e-6;

    private readonly ConnectorConfig _config;
    private readonly TensorKernels _kernels;
    private readonly Tensor learnable_registers;
    private readonly ModuleList<ConnectorBlock> transformer_1d_blocks;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public EmbeddingsConnector(WeightScope scope, ConnectorConfig config)
        : base(nameof(EmbeddingsConnector))
    {
        (_config, _kernels) = (config, scope.Compute.Kernels);
        learnable_registers = scope.Weight("learnable_registers", config.Registers, config.InnerDim);
        transformer_1d_blocks = new ModuleList<ConnectorBlock>(Enumerable.Range(0, config.Layers)
            .Select(index => new ConnectorBlock(scope.Sub("transformer_1d_blocks").Sub(index), config)).ToArray());
        RegisterComponents();
    }

    /// <summary>Computes the context.</summary>
    /// <param name="features">(B, S, D); S is a multiple of the register count.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public Tensor Forward(Tensor features, Tensor mask)
    {
        using var scope = TensorScope.Open();
        var tokens = features.shape[1];
        if (tokens % _config.Registers != 0)
            throw new ArgumentException(
                $"A context of {tokens} slots is not a multiple of the {_config.Registers} registers.", nameof(features));
        var x = WithRegisters(features, mask);
        var positions = arange(tokens, ScalarType.Float32).view(1, 1, tokens);
        var table =
            RotaryEmbedding.Table(positions, [_config.MaxPosition], ConnectorConfig.RopeTheta, _config.Heads, _config.InnerDim,
                RotaryLayout.Split, _config.DoublePrecisionGrid);
        var rotation = new RotaryTable(table.Cos.to(x.dtype, x.device), table.Sin.to(x.dtype, x.device));
        foreach (var block in transformer_1d_blocks)
            x = block.Forward(x, rotation);
        return _kernels.RmsNorm(x, Epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>Moves valid tokens to the front in order; each remaining slot p holds register p mod R.</summary>
    private Tensor WithRegisters(Tensor features, Tensor mask)
    {
        using var scope = TensorScope.Open();
        var tokens = features.shape[1];
        var registers = learnable_registers.to(features.dtype).repeat(tokens / _config.Registers, 1);
        var samples = new List<Tensor>();
        using var onCpu = mask.cpu().to(ScalarType.Int64);
        for (long sample = 0; sample < features.shape[0]; sample++)
        {
            var valid = onCpu[sample].nonzero().flatten().to(features.device);
            var count = valid.numel();
            samples.Add(cat([features[sample].index_select(0, valid), registers.narrow(0, count, tokens - count)]));
        }

        return stack(samples).MoveToOuterDisposeScope();
    }
}

/// <summary>x + attention(rms(x)), then x + feed-forward(rms(x)). Keys: <c>attn1, ff</c>.</summary>
internal sealed class ConnectorBlock : nn.Module
{
    private const double Epsilon = 1e-6;

    private readonly TensorKernels _kernels;
    private readonly Attention attn1;
    private readonly FeedForward ff;

    public ConnectorBlock(WeightScope scope, ConnectorConfig config)
        : base(nameof(ConnectorBlock))
    {
        _kernels = scope.Compute.Kernels;
        attn1 = new Attention(
            scope.Sub("attn1"), new AttentionSize(config.InnerDim, config.InnerDim, config.Heads, config.HeadDim, Epsilon, config.Gated));
        ff = new FeedForward(scope.Sub("ff"), config.InnerDim);
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, RotaryTable rotation)
    {
        using var scope = TensorScope.Open();
        var normed = _kernels.RmsNorm(x, Epsilon);
        x = x + attn1.Forward(normed, normed, null, rotation, rotation);
        return (x + ff.forward(_kernels.RmsNorm(x, Epsilon))).MoveToOuterDisposeScope();
    }
}
