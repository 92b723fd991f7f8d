using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma 3's text model, from the folder's <c>config.json</c>; what it leaves out has Gemma 3's defaults.</summary>
public sealed record GemmaConfig
{
    /// <summary>Rows of the embedding.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward.</summary>
    public required long IntermediateSize { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required long Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required long KeyValueHeads { get; init; }

    /// <summary>Width of a head; heads × width need not be the hidden size.</summary>
    public required long HeadDim { get; init; }

    /// <summary>The attention scale is this to the power of −½.</summary>
    public required double QueryScalar { get; init; }

    /// <summary>Keys that a sliding layer's query sees, itself included.</summary>
    public required long SlidingWindow { get; init; }

    /// <summary>Every so-manieth layer sees everything.</summary>
    public required int GlobalPattern { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Rotary base of global layers.</summary>
    public required double GlobalTheta { get; init; }

    /// <summary>Rotary base of sliding layers.</summary>
    public required double LocalTheta { get; init; }

    /// <summary>Global layers' frequencies are divided by this.</summary>
    public required double GlobalScaling { get; init; }

    /// <summary>True when layer <paramref name="index"/> sees every earlier token.</summary>
    public bool IsGlobal(int index) => (index + 1) % GlobalPattern == 0;

    /// <summary>Reads a <c>config.json</c>: its <c>text_config</c> if it has one.</summary>
    /// <exception cref="CheckpointException">A value is missing.</exception>
    public static GemmaConfig Parse(ConfigSection file)
    {
        var config = file.Has("text_config") ? file.Section("text_config") : file;
        return new GemmaConfig
        {
            VocabularySize = config.Integer("vocab_size", 262_208),
            HiddenSize = config.Integer("hidden_size"),
            IntermediateSize = config.Integer("intermediate_size"),
            Layers = (int)config.Integer("num_hidden_layers"),
            Heads = config.Integer("num_attention_heads"),
            KeyValueHeads = config.Integer("num_key_value_heads"),
            HeadDim = config.Integer("head_dim", 256),
            QueryScalar = config.Number("query_pre_attn_scalar", 256),
            SlidingWindow = config.Integer("sliding_window", 1024),
            GlobalPattern = (int)config.Integer("sliding_window_pattern", 6),
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            GlobalTheta = config.Number("rope_theta", 1_000_000),
            LocalTheta = config.Number("rope_local_base_freq", 10_000),
            GlobalScaling = config.Has("rope_scaling") ? config.Section("rope_scaling").Number("factor", 1) : 1,
        };
    }
}
