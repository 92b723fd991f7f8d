using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Decides which resident components of a model make room for another, and whether a component's layers are streamed. Weights get what the
/// running stage's activations leave of the memory.
/// </summary>
/// <param name="WeightLimit">Maximum bytes of resident weights; a single component is always allowed.</param>
/// <param name="Memory">Bytes for weights and activations together; null to ignore activations.</param>
public sealed record ResidencyPolicy(long WeightLimit, long? Memory = null)
{
    /// <summary>With fewer layers in memory, none could be read while another one computes.</summary>
    private const int SmallestWindow = 2;

    /// <summary>Share of the memory that stays for weights beside the activations of a typical stage.</summary>
    private const double TypicalWeightShare = 0.85;

    /// <summary>Returns a policy for a device's memory.</summary>
    /// <param name="memory">Bytes for weights and activations together.</param>
    /// <param name="gibibytes">Limit of the weights in GiB; null for none.</param>
    public static ResidencyPolicy Of(long memory, double? gibibytes = null) =>
        new(gibibytes is { } given ? (long)(given * (1L << 30)) : long.MaxValue, memory);

    /// <summary>Bytes of weights that stay resident during typical stages, for planning.</summary>
    public long TypicalBudget => Memory is { } memory ? Math.Min(WeightLimit, (long)(memory * TypicalWeightShare)) : WeightLimit;

    /// <summary>Bytes reserved for activations while the next stage is unknown.</summary>
    public long TypicalActivations => Memory is { } memory ? memory - (long)(memory * TypicalWeightShare) : 0;

    /// <summary>Returns the maximum bytes of resident weights during a stage.</summary>
    /// <param name="activationBytes">Planned bytes of the stage's activations.</param>
    public long Budget(long activationBytes) =>
        Memory is { } memory ? Math.Min(WeightLimit, Math.Max(0, memory - activationBytes)) : WeightLimit;

    /// <summary>
    /// Returns the components to unload before one of <paramref name="wantedBytes"/> is loaded: as few as possible, in
    /// least-recently-used order.
    /// </summary>
    /// <param name="loaded">Components and their bytes, in least-recently-used order.</param>
    /// <param name="wantedBytes">Bytes of the component to load.</param>
    /// <param name="budget">Maximum bytes of resident weights.</param>
    public static IReadOnlyList<ModelComponent> ComponentsToUnload(
        IReadOnlyList<(ModelComponent Component, long Bytes)> loaded, long wantedBytes, long budget)
    {
        var total = loaded.Sum(entry => entry.Bytes) + wantedBytes;
        var unload = new List<ModelComponent>();
        foreach (var (component, bytes) in loaded)
        {
            if (total <= budget)
                break;
            unload.Add(component);
            total -= bytes;
        }

        return unload;
    }

    /// <summary>Returns the minimum bytes of a component with layers: its smallest window, and all weights outside layers.</summary>
    public static long MinimumBytes(StreamableSize size) =>
        Math.Min(size.All, size.BytesWith(Math.Min(SmallestWindow, size.Layers)));

    /// <summary>Returns the number of layers to keep in memory when a component is streamed; null when all of it fits.</summary>
    /// <param name="budget">Maximum bytes of resident weights.</param>
    public static int? Window(StreamableSize size, long budget)
    {
        if (size.All <= budget)
            return null;
        var forLayers = budget - size.BytesWith(layers: 0);
        return (int)Math.Clamp(forLayers / Math.Max(1, size.LargestLayer), SmallestWindow, Math.Max(SmallestWindow, size.Layers));
    }
}
