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

    private readonly Option<double?> _memory = NumberOption.OptionalDecimal(
        "--memory-limit",
        "Memory limit for weights and activations together, in GiB; the device's memory by default. What does not fit is refused before "
            + "rendering starts.").WithAliases("--memory-limit-gb");

    private readonly Option<string> _device = ComputeArguments.Device();
    private readonly Option<string> _dtype = ComputeArguments.Dtype();
    private readonly Option<string> _kernels = ComputeArguments.Kernels();

    /// <inheritdoc/>
    public OptionGroup Group => new("Machine", _threads, _memory, _weightMemory, _device, _dtype, _kernels);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var threads = parsed.GetValue(_threads);
        var (memory, weightMemory) = (parsed.GetValue(_memory), parsed.GetValue(_weightMemory));
        if (threads < 1)
            errors.Add($"--threads: {threads} is too few: use 1 or more.");
        if (memory is <= 0)
            errors.Add($"--memory-limit: {memory} GiB is too little: use more than 0.");
        if (weightMemory is <= 0)
            errors.Add($"--weight-memory: {weightMemory} GiB is too little: use more than 0.");
        return request with
        {
            Threads = threads,
            Memory = memory,
            WeightMemory = weightMemory,
            Compute = new ComputeSettings(
                parsed.GetRequiredValue(_device), parsed.GetRequiredValue(_dtype), parsed.GetRequiredValue(_kernels)),
        };
    }
}
