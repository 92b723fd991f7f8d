using System.Globalization;

namespace MlxVideo.Simulation.Farms;

/// <summary>Farms that simulations run on.</summary>
public static class ReferenceFarms
{
    /// <summary>
    /// Five unequal Macs: two large ones that hold every part, one that must choose now and then, and a small one that can't
    /// hold the transformer. Speeds are of the order of what M2 to M4 machines reach in bfloat16.
    /// </summary>
    public static IReadOnlyList<SimulatedMac> FiveMacs(double linkGbit = 10) =>
    [
        new("studio-ultra", 96, 24, 5, linkGbit),
        new("studio-max", 64, 15, 5, linkGbit),
        new("studio-old", 64, 9, 4, linkGbit),
        new("mini-pro", 40, 7.5, 4, linkGbit),
        new("mini", 24, 4, 2.5, linkGbit),
    ];

    /// <summary>So many Macs: the five again and again.</summary>
    public static IReadOnlyList<SimulatedMac> Macs(int count, double linkGbit = 10) => Enumerable.Range(0, count)
        .Select(index =>
            FiveMacs(linkGbit)[index % 5] is var mac && count > 5
                ? mac with { Name = string.Create(CultureInfo.InvariantCulture, $"{mac.Name}-{(index / 5) + 1}") }
                : FiveMacs(linkGbit)[index % 5])
        .ToList();
}
