using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>
/// Farms of one to eight Macs. The first has memory for every component; others may be too small for the transformer, or for any
/// component.
/// </summary>
internal static class RandomFarms
{
    /// <summary>The tag that clips may require; the first Mac always has it.</summary>
    public const string Tag = "studio";

    /// <summary>Farms of up to eight Macs.</summary>
    public static Gen<IReadOnlyList<SimulatedMac>> Macs { get; } = UpTo(8);

    /// <summary>Farms small enough to compute bounds quickly.</summary>
    public static Gen<IReadOnlyList<SimulatedMac>> FewMacs { get; } = UpTo(4);

    private static Gen<IReadOnlyList<SimulatedMac>> UpTo(int most) =>
        from first in Mac(0, [64, 96, 128], isTagged: Gen.Constant(true))
        from more in Gen.Choose(0, most - 1)
        from others in Gen.CollectToList(
            Enumerable.Range(1, more).Select(place => Mac(place, [16, 24, 32, 36, 40, 48, 64, 96, 128], Gen.Elements(true, false, false))))
        select (IReadOnlyList<SimulatedMac>)[first, .. others];

    private static Gen<SimulatedMac> Mac(int place, double[] memory, Gen<bool> isTagged) =>
        from memoryGb in Gen.Elements(memory)
        from teraflops in Gen.Choose(20, 300)
        from disk in Gen.Choose(10, 60)
        from link in Gen.Elements(0.3, 1, 10)
        from tagged in isTagged
        let mac =
            new SimulatedMac(string.Create(CultureInfo.InvariantCulture, $"mac-{place}"), memoryGb, teraflops / 10.0, disk / 10.0, link)
        select tagged ? mac with { Capabilities = mac.Capabilities with { Tags = [Tag] } } : mac;
}
