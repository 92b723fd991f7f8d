using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// The shape of one <see cref="WaveGenerator"/>, from a vocoder section of the checkpoint's configuration
/// (docs/reference/vae.md, section 6).
/// </summary>
public sealed record GeneratorConfig
{
    /// <summary>Mel bins of the spectrogram; both channels' bins enter together.</summary>
    public const long MelBins = 64;

    /// <summary>Width after the first convolution; halved by each stage.</summary>
    public required long InitialWidth { get; init; }

    /// <summary>Samples made of each one by the stages.</summary>
    public required IReadOnlyList<long> Rates { get; init; }

    /// <summary>Taps of the stages' transposed convolutions.</summary>
    public required IReadOnlyList<long> RateKernels { get; init; }

    /// <summary>Taps of the residual blocks of a stage, which stand side by side.</summary>
    public required IReadOnlyList<long> BlockKernels { get; init; }

    /// <summary>Dilations of the layers of each residual block.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> BlockDilations { get; init; }

    /// <summary>Whether activations are the anti-aliased periodic ones of 2.3; else leaky ReLUs.</summary>
    public required bool Snake { get; init; }

    /// <summary>Whether the last convolution has a bias.</summary>
    public required bool FinalBias { get; init; }

    /// <summary>How samples are brought to full scale.</summary>
    public required FinalActivation Final { get; init; }

    /// <summary>Samples for each spectrogram frame.</summary>
    public long SamplesPerFrame => Rates.Aggregate(1L, (product, rate) => product * rate);

    /// <summary>Reads a generator's section.</summary>
    /// <param name="config">The section.</param>
    /// <param name="isExtension">True for the generator of the bandwidth extension, which has no final activation.</param>
    /// <exception cref="CheckpointException">A value is missing or names a variant that is not supported.</exception>
    public static GeneratorConfig Parse(ConfigSection config, bool isExtension = false)
    {
        var kind = config.Text("resblock", "1");
        config.RequireOneOf("resblock", "1", "1", "AMP1");
        if (kind == "AMP1")
            config.RequireOneOf("activation", "snakebeta", "snakebeta");
        if (!config.Boolean("stereo", true))
            throw new CheckpointException($"{config.Path}: a vocoder with one channel is not supported; LTX-2's have two.");
        var rates = Integers(config, "upsample_rates");
        var kernels = Integers(config, "upsample_kernel_sizes");
        var blockKernels = Integers(config, "resblock_kernel_sizes");
        var dilations = config.List("resblock_dilation_sizes")
            .Select(list => (IReadOnlyList<long>)list.EnumerateArray().Select(item => item.GetInt64()).ToList()).ToList();
        if (rates.Count != kernels.Count || blockKernels.Count != dilations.Count)
            throw new CheckpointException($"{config.Path}: upsample_rates and upsample_kernel_sizes must be equally long, and so must "
                + "resblock_kernel_sizes and resblock_dilation_sizes.");
        return new GeneratorConfig
        {
            InitialWidth = config.Integer("upsample_initial_channel"),
            Rates = rates,
            RateKernels = kernels,
            BlockKernels = blockKernels,
            BlockDilations = dilations,
            Snake = kind == "AMP1",
            FinalBias = config.Boolean("use_bias_at_final", true),
            Final = isExtension || !config.Boolean("apply_final_activation", true) ? FinalActivation.None
                : config.Boolean("use_tanh_at_final", true) ? FinalActivation.Tanh
                : FinalActivation.Clamp,
        };
    }

    private static IReadOnlyList<long> Integers(ConfigSection config, string key)
    {
        var values = config.List(key).Select(item => item.TryGetInt64(out var value) ? value : 0).ToList();
        return values.Count > 0 && values.All(value => value > 0)
            ? values
            : throw new CheckpointException($"{config.Path}: {key} must be a list of whole numbers above 0.");
    }
}

/// <summary>What a generator's last convolution is followed by.</summary>
public enum FinalActivation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Cut to −1 … 1.</summary>
    Clamp,
}
