using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Configuration of one <see cref="WaveGenerator"/>, from a vocoder section of the checkpoint's configuration
/// (docs/reference/vae.md, section 6).
/// </summary>
public sealed record GeneratorConfig
{
    /// <summary>Mel bins per channel of the spectrogram; the bins of both channels are concatenated.</summary>
    public const long MelBins = 64;

    /// <summary>Width after the first convolution; halved by each stage.</summary>
    public required long InitialWidth { get; init; }

    /// <summary>Upsampling factor of each stage.</summary>
    public required IReadOnlyList<long> Rates { get; init; }

    /// <summary>Kernel sizes of the stages' transposed convolutions.</summary>
    public required IReadOnlyList<long> RateKernels { get; init; }

    /// <summary>Kernel sizes of a stage's parallel residual blocks.</summary>
    public required IReadOnlyList<long> BlockKernels { get; init; }

    /// <summary>Layer dilations of each residual block.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> BlockDilations { get; init; }

    /// <summary>Whether activations are the anti-aliased periodic ones of 2.3 instead of leaky ReLUs.</summary>
    public required bool Snake { get; init; }

    /// <summary>Whether the last convolution has a bias.</summary>
    public required bool FinalBias { get; init; }

    /// <summary>Activation that brings samples to full scale.</summary>
    public required FinalActivation Final { get; init; }

    /// <summary>Samples per spectrogram frame.</summary>
    public long SamplesPerFrame => Rates.Aggregate(1L, (product, rate) => product * rate);

    /// <param name="isExtension">True for the generator of the bandwidth extension, which has no final activation.</param>
    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static GeneratorConfig Parse(ConfigSection config, bool isExtension = false)
    {
        var kind = config.Text("resblock", "1");
        config.RequireOneOf("resblock", "1", "1", "AMP1");
        if (kind == "AMP1")
            config.RequireOneOf("activation", "snakebeta", "snakebeta");
        if (!config.Boolean("stereo", true))
            throw new CheckpointException($"{config.Path}: a mono vocoder is not supported; LTX-2's are stereo.");
        var rates = Integers(config, "upsample_rates");
        var kernels = Integers(config, "upsample_kernel_sizes");
        var blockKernels = Integers(config, "resblock_kernel_sizes");
        var dilations = config.List("resblock_dilation_sizes")
            .Select(list => (IReadOnlyList<long>)list.EnumerateArray().Select(item => item.GetInt64()).ToList()).ToList();
        if (rates.Count != kernels.Count || blockKernels.Count != dilations.Count)
            throw new CheckpointException($"{config.Path}: upsample_rates and upsample_kernel_sizes must have equal lengths, and so must "
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
            : throw new CheckpointException($"{config.Path}: {key} must be a non-empty list of positive integers.");
    }
}

/// <summary>Activation after a generator's last convolution.</summary>
public enum FinalActivation
{
    /// <summary>No activation.</summary>
    None,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Clamped to −1 … 1.</summary>
    Clamp,
}
