using System.Globalization;

namespace MlxVideo.Simulation.Farms;

/// <summary>Reference farms for simulations.</summary>
public static class ReferenceFarms
{
    /// <summary>
    /// Five unequal Macs: three that hold every component, one that can't hold all components at once, and a small one that can't hold the
    /// transformer. Speeds are of the order of M2 to M4 machines in bfloat16.
    /// </summary>
    public static IReadOnlyList<SimulatedMac> FiveMacs(double linkGbit = 10) =>
    [
        new("studio-ultra", 96, 24, 5, linkGbit),
        new("studio-max", 64, 15, 5, linkGbit),
        new("studio-old", 64, 9, 4, linkGbit),
        new("mini-pro", 40, 7.5, 4, linkGbit),
        new("mini", 24, 4, 2.5, linkGbit),
    ];

    /// <summary>Returns this number of Macs, repeating the five.</summary>
    public static IReadOnlyList<SimulatedMac> Macs(int count, double linkGbit = 10) => Enumerable.Range(0, count)
        .Select(index =>
            FiveMacs(linkGbit)[index % 5] is var mac && count > 5
                ? mac with { Name = string.Create(CultureInfo.InvariantCulture, $"{mac.Name}-{(index / 5) + 1}") }
                : FiveMacs(linkGbit)[index % 5])
        .ToList();
}
