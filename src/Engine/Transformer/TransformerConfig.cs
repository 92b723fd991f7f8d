using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// Configuration of LTX-2's diffusion transformer, from the checkpoint metadata's <c>config.transformer</c>; 2.0 and 2.3 differ only in
/// these values.
/// </summary>
public sealed record TransformerConfig
{
    public required StreamConfig Video { get; init; }

    /// <summary>Null in video-only checkpoints.</summary>
    public required StreamConfig? Audio { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Pairing of entries in the rotary embedding.</summary>
    public required RotaryLayout RopeLayout { get; init; }

    /// <summary>Whether the rotary frequencies are computed in float64 and then rounded.</summary>
    public required bool DoublePrecisionGrid { get; init; }

    /// <summary>Whether a token's position is the middle of its interval instead of its start.</summary>
    public required bool MiddlePositions { get; init; }

    /// <summary>Factor on sigmas before their embedding.</summary>
    public required double TimestepScale { get; init; }

    /// <summary>Factor on the timesteps of the cross-modal gates: <c>av_ca_timestep_scale_multiplier</c>.</summary>
    public required double CrossGateTimestepScale { get; init; }

    /// <summary>Whether every attention has per-head gates (2.3): <c>apply_gated_attention</c>.</summary>
    public required bool GatedAttention { get; init; }

    /// <summary>Whether timesteps modulate text attention (2.3): <c>cross_attention_adaln</c>.</summary>
    public required bool ModulatesText { get; init; }

    /// <summary>
    /// Default block for skipping self-attention in the perturbed evaluation of a guided step: 29 of 48 in 2.0, 28 in 2.3
    /// (golden/schedule: <c>official_params</c>).
    /// </summary>
    public int StgBlock => Layers * (GatedAttention ? 28 : 29) / 48;

    /// <summary>Timestep source of the cross-modal gates; no checkpoint specifies it, so the default is the official rule.</summary>
    public CrossGateSource CrossGate { get; init; } = CrossGateSource.OtherModalitySigma;

    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static TransformerConfig Parse(ConfigSection config)
    {
        config.RequireOneOf("rope_type", "split", "split", "interleaved");
        config.RequireOneOf("frequencies_precision", "float32", "float32", "float64");
        config.RequireOneOf("activation_fn", "gelu-approximate", "gelu-approximate");
        config.RequireOneOf("qk_norm", "rms_norm", "rms_norm");
        config.RequireOneOf("standardization_norm", "rms_norm", "rms_norm");
        return new TransformerConfig
        {
            Video = StreamConfig.Video(config),
            Audio = config.Has("audio_num_attention_heads") ? StreamConfig.Audio(config) : null,
            Layers = (int)config.Integer("num_layers"),
            NormEpsilon = config.Number("norm_eps", 1e-6),
            RopeTheta = config.Number("positional_embedding_theta", 10_000),
            RopeLayout = config.Text("rope_type", "split") == "split" ? RotaryLayout.Split : RotaryLayout.Interleaved,
            DoublePrecisionGrid = config.Text("frequencies_precision", "float32") == "float64",
            MiddlePositions = config.Boolean("use_middle_indices_grid", true),
            TimestepScale = config.Number("timestep_scale_multiplier", 1000),
            CrossGateTimestepScale = config.Number("av_ca_timestep_scale_multiplier", 1),
            GatedAttention = config.Boolean("apply_gated_attention", false),
            ModulatesText = config.Boolean("cross_attention_adaln", false),
        };
    }
}

/// <summary>
/// Timestep source of the cross-modal gates (docs/reference/transformer.md, fact 7). Without conditioning all sources agree.
/// </summary>
public enum CrossGateSource
{
    /// <summary>The other modality's sigma, as in the official code.</summary>
    OtherModalitySigma,

    /// <summary>The modality's own timestep of each token, as in older ports.</summary>
    OwnTimesteps,
}
