using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Configuration of Gemma 3's text model, from the folder's <c>config.json</c>; missing values have Gemma 3's defaults.</summary>
public sealed record GemmaConfig
{
    private const string FullAttention = "full_attention";
    private const string SlidingAttention = "sliding_attention";
    private const double DefaultGlobalTheta = 1_000_000;
    private const double DefaultLocalTheta = 10_000;

    /// <summary>Number of embedding rows.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward.</summary>
    public required long IntermediateSize { get; init; }

    public int Layers => GlobalLayers.Count;

    /// <summary>Number of query heads.</summary>
    public required long Heads { get; init; }

    /// <summary>Number of key and value heads.</summary>
    public required long KeyValueHeads { get; init; }

    /// <summary>Width of a head; heads × width may differ from the hidden size.</summary>
    public required long HeadDim { get; init; }

    /// <summary>The attention scale is this value to the power of −½.</summary>
    public required double QueryScalar { get; init; }

    /// <summary>Number of keys visible to a query of a sliding layer, including its own.</summary>
    public required long SlidingWindow { get; init; }

    /// <summary>Whether each layer sees every earlier token.</summary>
    public required IReadOnlyList<bool> GlobalLayers { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Rotary base of global layers.</summary>
    public required double GlobalTheta { get; init; }

    /// <summary>Rotary base of sliding layers.</summary>
    public required double LocalTheta { get; init; }

    /// <summary>Divisor of the global layers' frequencies.</summary>
    public required double GlobalScaling { get; init; }

    /// <summary>Parses a <c>config.json</c>, or its <c>text_config</c> when present.</summary>
    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static GemmaConfig Parse(ConfigSection file)
    {
        var config = file.Has("text_config") ? file.Section("text_config") : file;
        config.RequireOneOf("model_type", "gemma3_text", "gemma3_text");
        config.RequireOneOf("hidden_activation", "gelu_pytorch_tanh", "gelu_pytorch_tanh");
        foreach (var unsupported in new[] { "attn_logit_softcapping", "final_logit_softcapping" })
        {
            if (config.Has(unsupported))
                throw new CheckpointException(
                    $"{config.Path}: {unsupported} is set, which Gemma 3 does not use; use the text encoder of LTX-2.");
        }

        var (globalTheta, scaling, localTheta) = Rotation(config);
        return new GemmaConfig
        {
            VocabularySize = config.Integer("vocab_size", 262_208),
            HiddenSize = config.Integer("hidden_size"),
            IntermediateSize = config.Integer("intermediate_size"),
            GlobalLayers = GlobalLayersOf(config),
            Heads = config.Integer("num_attention_heads"),
            KeyValueHeads = config.Integer("num_key_value_heads"),
            HeadDim = config.Integer("head_dim", 256),
            QueryScalar = config.Number("query_pre_attn_scalar", 256),
            SlidingWindow = config.Integer("sliding_window", 4096),
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            GlobalTheta = globalTheta,
            LocalTheta = localTheta,
            GlobalScaling = scaling,
        };
    }

    /// <summary>Newer files list the kind of each layer; in older ones every n-th layer is global.</summary>
    private static IReadOnlyList<bool> GlobalLayersOf(ConfigSection config)
    {
        var layers = (int)config.Integer("num_hidden_layers");
        if (!config.Has("layer_types"))
        {
            var pattern = config.Integer("sliding_window_pattern", config.Integer("_sliding_window_pattern", 6));
            return Enumerable.Range(1, layers).Select(number => number % pattern == 0).ToList();
        }

        var types = config.List("layer_types").Select(type => type.ToString()).ToList();
        return types.Count == layers && types.All(type => type is FullAttention or SlidingAttention)
            ? types.Select(type => type == FullAttention).ToList()
            : throw new CheckpointException(
                $"{config.Path}: layer_types must name {FullAttention} or {SlidingAttention} for each of the {layers} layers.");
    }

    /// <summary>Newer files store the rotary settings per layer kind in <c>rope_parameters</c>.</summary>
    private static (double GlobalTheta, double Scaling, double LocalTheta) Rotation(ConfigSection config)
    {
        if (!config.Has("rope_parameters"))
        {
            var scaling = config.Has("rope_scaling") ? Scaling(config.Section("rope_scaling")) : 1;
            return (config.Number("rope_theta", DefaultGlobalTheta), scaling, config.Number("rope_local_base_freq", DefaultLocalTheta));
        }

        var parameters = config.Section("rope_parameters");
        var (global, local) = (parameters.Section(FullAttention), parameters.Section(SlidingAttention));
        return (global.Number("rope_theta", DefaultGlobalTheta), Scaling(global), local.Number("rope_theta", DefaultLocalTheta));
    }

    private static double Scaling(ConfigSection rope)
    {
        rope.RequireOneOf("rope_type", "linear", "linear", "default");
        return rope.Number("factor", 1);
    }
}
