using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>Shape of an embeddings connector, from the checkpoint metadata's <c>config.transformer</c> (<c>connector_*</c>).</summary>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Registers">Learnable registers that fill the padding.</param>
/// <param name="MaxPosition">Largest position of the rotary embedding.</param>
public sealed record ConnectorConfig(long Heads, long HeadDim, int Layers, long Registers, double MaxPosition)
{
    /// <summary>Base of the rotary frequencies; never read from metadata.</summary>
    public const double RopeTheta = 10_000;

    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;

    /// <summary>Reads the configuration.</summary>
    public static ConnectorConfig Parse(ConfigSection transformer) => new(
        transformer.Integer("connector_num_attention_heads", 30),
        transformer.Integer("connector_attention_head_dim", 128),
        (int)transformer.Integer("connector_num_layers", 2),
        transformer.Integer("connector_num_learnable_registers", 128),
        transformer.Numbers("connector_positional_embedding_max_pos", [4096])[0]);
}
