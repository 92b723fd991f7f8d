using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;

namespace MlxVideo.Simulation.Policies;

/// <summary>The policies available for comparison, by name.</summary>
public static class NamedPolicies
{
    /// <summary>Name of the farm's own policy.</summary>
    public const string Own = "window-eft";

    private static readonly IReadOnlyDictionary<string, Func<ISchedulingPolicy>> Makers = new Dictionary<string, Func<ISchedulingPolicy>>
    {
        [Own] = () => new Scheduler(),
        ["round-robin"] = () => new ByClip(dealt: true),
        ["first-come-by-clip"] = () => new ByClip(dealt: false),
        ["first-come-by-stage"] = () => new FirstComeByStage(),
        ["affinity-first"] = () => new AffinityFirst(),
        ["dynamic-heft"] = () => new DynamicHeft(),
    };

    /// <summary>All names, with the farm's own policy first.</summary>
    public static IReadOnlyList<string> All { get; } = Makers.Keys.ToList();

    /// <summary>Creates a policy.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message is one sentence.</exception>
    public static ISchedulingPolicy Make(string name) => Makers.TryGetValue(name, out var make)
        ? make()
        : throw new ArgumentException($"Unknown policy '{name}': use one of {string.Join(", ", All)}.");
}
