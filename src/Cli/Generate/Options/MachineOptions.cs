using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Use of this machine's processors and memory.</summary>
internal sealed class MachineOptions : IRequestOptions
{
    private readonly Option<int> _threads = NumberOption.Int(
        "--threads", "Number of CPU threads; a different number changes the least significant bits of the result.", 1);

    private readonly Option<double?> _weightMemory = NumberOption.OptionalDecimal(
        "--weight-memory",
        "Memory limit for weights in GiB; by default, the device memory not needed for activations. Larger models are streamed from "
            + "disk, with bit-identical results.");

    private readonly Option<string> _device = ComputeArguments.Device();
    private readonly Option<string> _dtype = ComputeArguments.Dtype();
    private readonly Option<string> _kernels = ComputeArguments.Kernels();

    /// <inheritdoc/>
    public OptionGroup Group => new("Machine", _threads, _weightMemory, _device, _dtype, _kernels);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var (threads, weightMemory) = (parsed.GetValue(_threads), parsed.GetValue(_weightMemory));
        if (threads < 1)
            errors.Add($"--threads: {threads} is too few: use 1 or more.");
        if (weightMemory is <= 0)
            errors.Add($"--weight-memory: {weightMemory} GiB is too little: use more than 0.");
        return request with
        {
            Threads = threads,
            WeightMemory = weightMemory,
            Compute = new ComputeSettings(
                parsed.GetRequiredValue(_device), parsed.GetRequiredValue(_dtype), parsed.GetRequiredValue(_kernels)),
        };
    }
}
