using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Simulation.Farms;

/// <summary>
/// Reads farms from JSON files: an array of <c>{ "name", "memory_gb", "teraflops", "disk_gb_per_second", "link_gbit" }</c>.
/// </summary>
public static class FarmFile
{
    /// <summary>Reads a farm.</summary>
    /// <exception cref="FormatException">The file is not a valid farm; the message says what is wrong and where.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IReadOnlyList<SimulatedMac> Read(string path)
    {
        List<SimulatedMac>? macs;
        try
        {
            macs = JsonSerializer.Deserialize<List<SimulatedMac>>(File.ReadAllText(path), FarmJson.Options);
        }
        catch (JsonException ex)
        {
            throw new FormatException($"{path} is not a valid farm: {ex.Message}", ex);
        }

        if (macs is not { Count: > 0 })
            throw new FormatException(
                $"{path} has no Macs: write an array of objects with name, memory_gb, teraflops, disk_gb_per_second and link_gbit.");
        foreach (var mac in macs)
        {
            if (string.IsNullOrWhiteSpace(mac.Name) || macs.Count(other => other.Name == mac.Name) > 1)
                throw new FormatException($"{path}: every Mac needs a unique name; '{mac.Name}' is empty or appears twice.");
            if (!(mac.MemoryGb > 0 && mac.TeraflopsPerSecond > 0 && mac.DiskGbPerSecond > 0 && mac.LinkGbit > 0))
                throw new FormatException($"{path}: '{mac.Name}' needs memory_gb, teraflops, disk_gb_per_second and link_gbit above 0.");
        }

        return macs;
    }
}
