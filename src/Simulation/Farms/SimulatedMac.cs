using System.Text.Json.Serialization;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Simulation.Farms;

/// <summary>A Mac of a simulated farm.</summary>
/// <param name="MemoryGb">Unified memory in 10⁹ bytes; three quarters of it are available for weights and activations.</param>
/// <param name="TeraflopsPerSecond">Speed of large matrix products in bfloat16, in 10¹² operations per second.</param>
/// <param name="DiskGbPerSecond">Speed of loading weights, in 10⁹ bytes per second.</param>
/// <param name="LinkGbit">Speed of the link to the coordinator, in 10⁹ bits per second.</param>
public sealed record SimulatedMac(string Name, double MemoryGb, [property: JsonPropertyName("teraflops")] double TeraflopsPerSecond,
    double DiskGbPerSecond, double LinkGbit)
{
    private const double Giga = 1e9;
    private const double WorkingSetShare = 0.75;
    private const double WeightShare = 0.9;

    // Eight-bit weights of LTX-2 and Gemma 3 12B; the VAEs and the upsampler stay bfloat16.
    private static readonly IReadOnlyList<(ModelComponent Component, double Gb)> ModelGb =
    [
        (ModelComponent.TextEncoder, 13), (ModelComponent.Transformer, 20), (ModelComponent.VideoEncoder, 1.2),
        (ModelComponent.Upsampler, 1.0),
        (ModelComponent.VideoDecoder, 1.1), (ModelComponent.AudioDecoder, 0.4), (ModelComponent.AudioEncoder, 0.1),
    ];

    /// <summary>Creates a Mac from capabilities reported to a coordinator.</summary>
    public static SimulatedMac Of(string name, WorkerCapabilities capabilities) => new(
        name, capabilities.MemoryBytes / WorkingSetShare / Giga, capabilities.TeraflopsPerSecond, capabilities.DiskBytesPerSecond / Giga,
        capabilities.LinkBytesPerSecond * 8 / Giga)
    {
        Capabilities = capabilities,
    };

    /// <summary>Returns the Mac with all speeds multiplied by this factor and its memory unchanged.</summary>
    public SimulatedMac InTimeLapse(double times) => this with
    {
        TeraflopsPerSecond = TeraflopsPerSecond * times,
        DiskGbPerSecond = DiskGbPerSecond * times,
        LinkGbit = LinkGbit * times,
        Capabilities = Capabilities with
        {
            TeraflopsPerSecond = Capabilities.TeraflopsPerSecond * times,
            DiskBytesPerSecond = Capabilities.DiskBytesPerSecond * times,
            LinkBytesPerSecond = Capabilities.LinkBytesPerSecond * times,
        },
    };

    /// <summary>The capabilities reported to the coordinator on joining.</summary>
    public WorkerCapabilities Capabilities { get; init; } = new()
    {
        MemoryBytes = (long)(MemoryGb * Giga * WorkingSetShare),
        WeightBytes = (long)(MemoryGb * Giga * WorkingSetShare * WeightShare),
        TeraflopsPerSecond = TeraflopsPerSecond,
        DiskBytesPerSecond = DiskGbPerSecond * Giga,
        LinkBytesPerSecond = LinkGbit * Giga / 8,
        Precision = "bfloat16",
        Arithmetic = "arm64 mps bfloat16 metal-safe 1",
        BytesPerElement = 2,
        Components = ModelGb.Select(size => new ComponentSize(size.Component, (long)(size.Gb * Giga), (long)(size.Gb * Giga))).ToList(),
    };
}
