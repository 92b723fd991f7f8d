using System.Globalization;
using MlxVideo.Shared.Text;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Faults;

/// <summary>
/// The text format of faults, separated by commas: <c>die:MAC@400</c>, <c>slow:MAC@300x4</c>, <c>stall:MAC@200+60</c>,
/// <c>join:MAC@120</c>, <c>leave:MAC@500</c>. MAC is a name or a number starting at 1; times are in seconds.
/// </summary>
public static class FaultSpec
{
    private const string Syntax = "write die:MAC@SECONDS, slow:MAC@SECONDSxTIMES, stall:MAC@SECONDS+SECONDS, join:MAC@SECONDS or "
        + "leave:MAC@SECONDS, separated by commas";

    /// <summary>Parses a specification; empty text means no faults.</summary>
    /// <exception cref="FormatException">The specification is invalid; the message is one sentence.</exception>
    public static IReadOnlyList<InjectedFault> Parse(string text, IReadOnlyList<SimulatedMac> macs) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(error => ParseOne(error, macs)).ToList();

    private static InjectedFault ParseOne(string text, IReadOnlyList<SimulatedMac> macs)
    {
        var kind = text.Split(':', 2);
        var place = kind.Length == 2 ? kind[1].Split('@', 2) : [];
        if (place.Length != 2)
            throw new FormatException($"'{text}' is not a valid fault: {Syntax}.");
        var mac = MacOf(place[0], macs)
            ?? throw new FormatException(
                $"'{text}': unknown Mac '{place[0]}'; use one of {string.Join(", ", macs.Select(one => one.Name))}.");
        return kind[0] switch
        {
            "die" => new MacDies(mac, Number(place[1], text)),
            "join" => new MacJoins(mac, Number(place[1], text)),
            "leave" => new MacLeaves(mac, Number(place[1], text)),
            "slow" when place[1].Split('x') is [var at, var times] => new MacSlows(mac, Number(at, text), Number(times, text)),
            "stall" when place[1].Split('+') is [var at, var length] => new MacStalls(mac, Number(at, text), Number(length, text)),
            _ => throw new FormatException($"'{text}' is not a valid fault: {Syntax}."),
        };
    }

    private static int? MacOf(string name, IReadOnlyList<SimulatedMac> macs)
    {
        for (var place = 0; place < macs.Count; place++)
        {
            if (macs[place].Name == name || (place + 1).ToString(CultureInfo.InvariantCulture) == name)
                return place;
        }

        return null;
    }

    private static double Number(string text, string error) =>
        NumberText.ReadDecimal(text, out var number) is null && number > 0
            ? number
            : throw new FormatException($"'{error}': '{text}' is not a number above 0: {Syntax}.");
}
