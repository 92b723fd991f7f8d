using System.Text.RegularExpressions;
using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>
/// The engine's sources against the device rules: operations that Metal computes incorrectly appear only in the plain kernels, and
/// every dispose scope is visible to strict mode.
/// </summary>
public sealed partial class DeviceRuleTests
{
    private static readonly string Sources = Path.Combine(GoldenRoot.Checkout(), "src", "Engine");

    /// <summary>Operations, each with the folders or files in which it is allowed.</summary>
    public static TheoryData<string, string[]> Operations() => new()
    {
        { @"\bF\.(linear|scaled_dot_product_attention|group_norm)\(|\bConvolution\.Volumes\(",
            ["Kernels/PlainKernels.cs", "Kernels/ChunkedAttention.cs"] },
        { @"\bF\.conv2d\(", ["Kernels/DeviceOperations.cs"] },
        { @"\bF\.conv3d\(", ["Kernels/Convolution.cs"] },
        { @"\b(matmul|mm|bmm|addmm|baddbmm|einsum)\(",
            ["Kernels/DeviceOperations.cs", "AudioFeatures", "Vocoders", "Diagnostics/Operations/Reference.cs"] },
        { @"\.(flip|fliplr|flipud|roll)\(", ["Kernels/DeviceOperations.cs"] },
        // add_, sub_, mul_, div_, copy_, fill_ and zero_ have Metal kernels for strided tensors; the others may not. Adapters are merged on
        // the host.
        { @"\.(?!add_|sub_|mul_|div_|copy_|fill_|zero_)\w+_\(", ["Kernels/DeviceOperations.cs", "Adapters/LoraMerging.cs"] },
        { @"\bF\.(conv1d|conv_transpose1d)\(", ["Vocoders", "AudioFeatures"] }, // audio is computed on the CPU on a Mac
        { @"\bF\.(pad|layer_norm|normalize|conv_transpose2d|conv_transpose3d|max_pool\w*|avg_pool\w*)\(", [] },
        { @"\bnn\.(Linear|Conv\w+|LayerNorm|GroupNorm)\(", [] },
        { @"\b(stft|istft|fft|view_as_complex|view_as_real|complex|polar)\(", ["AudioFeatures"] },
        { @"ScalarType\.Float64|\.@double\(\)|ScalarType\.Complex",
            ["Sampling/Res2sStep.cs", "Sampling/Res2sStepper.cs", "Tensors/SafetensorsTensors.cs",
                "Diagnostics/Operations/Reference.cs"] },
        { @"\b(NewDisposeScope)\(", ["TensorScope.cs", "Rendering/StageRunner.cs"] },
        { @"\b(manual_seed|randn_like|rand_like|randint)\(", [] },
        { @"\brandn?\(", ["Sampling/NoiseGenerator.cs", "Sampling/StepNoise.cs"] },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_appears_only_where_it_is_allowed(string pattern, string[] places)
    {
        var found = from file in Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories)
                    let relative = Path.GetRelativePath(Sources, file).Replace('\\', '/')
                    where !relative.StartsWith("obj/", StringComparison.Ordinal)
                        && !places.Any(place => relative == place || relative.StartsWith(place + "/", StringComparison.Ordinal))
                    from line in File.ReadLines(file).Select((text, index) => (Text: Comment().Replace(text, ""), Number: index + 1))
                    where Regex.IsMatch(line.Text, pattern)
                    select $"{relative}:{line.Number}: {line.Text.Trim()}";
        Assert.Empty(found);
    }

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();
}
