using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Transformer;

/// <summary>The video stream of LTX-2's diffusion transformer, from the checkpoint metadata's <c>config.transformer</c>.</summary>
public sealed record TransformerConfig
{
    /// <summary>Attention heads.</summary>
    public required long Heads { get; init; }

    /// <summary>Width of a head.</summary>
    public required long HeadDim { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Channels of the latent.</summary>
    public required long InChannels { get; init; }

    /// <summary>Width of the text contexts.</summary>
    public required long CaptionChannels { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Largest positions: seconds, pixels, pixels.</summary>
    public required IReadOnlyList<double> MaxPositions { get; init; }

    /// <summary>Factor on sigmas before they are embedded.</summary>
    public required double TimestepScale { get; init; }

    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="CheckpointException">A value is missing or names a variant that is not supported.</exception>
    public static TransformerConfig Parse(ConfigSection config)
    {
        config.RequireOneOf("rope_type", "split", "split");
        config.RequireOneOf("frequencies_precision", "float64", "float64");
        if (config.Boolean("apply_gated_attention", false) || config.Boolean("cross_attention_adaln", false) || config.Boolean("caption_proj_before_connector", false))
            throw new CheckpointException($"{config.Path}: this is an LTX-2.3 transformer; only LTX-2.0 checkpoints can be rendered yet.");
        return new TransformerConfig
        {
            Heads = config.Integer("num_attention_heads"),
            HeadDim = config.Integer("attention_head_dim"),
            Layers = (int)config.Integer("num_layers"),
            InChannels = config.Integer("in_channels"),
            CaptionChannels = config.Integer("caption_channels"),
            NormEpsilon = config.Number("norm_eps", 1e-6),
            RopeTheta = config.Number("positional_embedding_theta", 10_000),
            MaxPositions = config.Numbers("positional_embedding_max_pos", [20, 2048, 2048]),
            TimestepScale = config.Number("timestep_scale_multiplier", 1000),
        };
    }
}
