using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;

namespace MlxVideo.Simulation.Policies;

/// <summary>The policies that can be compared, by name.</summary>
public static class NamedPolicies
{
    /// <summary>The farm's own.</summary>
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

    /// <summary>All names, the farm's own first.</summary>
    public static IReadOnlyList<string> All { get; } = Makers.Keys.ToList();

    /// <summary>Makes a policy.</summary>
    /// <exception cref="ArgumentException">There is none of that name: one sentence.</exception>
    public static ISchedulingPolicy Make(string name) => Makers.TryGetValue(name, out var make)
        ? make()
        : throw new ArgumentException($"There is no policy '{name}': take {string.Join(", ", All)}.");
}
