using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// LTX-2's diffusion transformer, from the checkpoint metadata's <c>config.transformer</c>; 2.0 and 2.3 differ by these values only.
/// </summary>
public sealed record TransformerConfig
{
    /// <summary>The video stream.</summary>
    public required StreamConfig Video { get; init; }

    /// <summary>The audio stream; null in checkpoints that know pictures only.</summary>
    public required StreamConfig? Audio { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>How rotary positions pair entries.</summary>
    public required RotaryLayout RopeLayout { get; init; }

    /// <summary>Whether the rotary frequencies are made in float64 and then rounded.</summary>
    public required bool DoublePrecisionGrid { get; init; }

    /// <summary>Whether a token stands at the middle of its interval, or at its start.</summary>
    public required bool MiddlePositions { get; init; }

    /// <summary>Factor on sigmas before they are embedded.</summary>
    public required double TimestepScale { get; init; }

    /// <summary>The same for the gates between the modalities: <c>av_ca_timestep_scale_multiplier</c>.</summary>
    public required double CrossGateTimestepScale { get; init; }

    /// <summary>Per-head gates in every attention (2.3): <c>apply_gated_attention</c>.</summary>
    public required bool GatedAttention { get; init; }

    /// <summary>Whether timesteps modulate text attention (2.3): <c>cross_attention_adaln</c>.</summary>
    public required bool ModulatesText { get; init; }

    /// <summary>
    /// The block whose self-attention the perturbed pass of a guided step skips unless told otherwise: 29 of 48 in 2.0, 28 in 2.3
    /// (golden/schedule: <c>official_params</c>).
    /// </summary>
    public int StgBlock => Layers * (GatedAttention ? 28 : 29) / 48;

    /// <summary>Where the gates between the modalities take their timestep from; no checkpoint says, so it is the official rule.</summary>
    public CrossGateSource CrossGate { get; init; } = CrossGateSource.OtherModalitySigma;

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="CheckpointException">A value is missing or names a variant that is not supported.</exception>
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
/// Which timestep opens the gates between the modalities (docs/reference/transformer.md, fact 7). Without conditioning all agree.
/// </summary>
public enum CrossGateSource
{
    /// <summary>The other modality's sigma: the official code.</summary>
    OtherModalitySigma,

    /// <summary>The modality's own timestep of each token: older ports.</summary>
    OwnTimesteps,
}
