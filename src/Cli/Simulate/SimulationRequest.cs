using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Text;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Cli.Simulate;

/// <summary>What is to be simulated, as it was given on the command line.</summary>
/// <param name="Clips">Numbers of clips, separated by commas.</param>
/// <param name="FarmFile">A file of Macs; null for the reference farm.</param>
/// <param name="Macs">Macs of the reference farm.</param>
/// <param name="Mix">The mix of clips.</param>
/// <param name="LinkGbit">Network in Gbit/s.</param>
/// <param name="PolicyNames">Policies; none for all.</param>
/// <param name="Seeds">Batches that are drawn.</param>
/// <param name="Faults">What happens; null for the standard scenarios.</param>
/// <param name="TraceFile">A real batch to replay.</param>
/// <param name="ChartFile">Where to draw.</param>
/// <param name="FromFault">Computes the bound from the fault too.</param>
/// <param name="Json">JSON instead of tables.</param>
internal sealed record SimulationRequest(
    string Clips, string? FarmFile, int Macs, string Mix, double LinkGbit, IReadOnlyList<string> PolicyNames, int Seeds, string? Faults,
    string? TraceFile, string? ChartFile, bool FromFault, bool Json)
{
    private const int MostClips = 100_000;
    private const int MostMacs = 10_000;

    /// <summary>The policies to run.</summary>
    /// <exception cref="UsageException">There is none of a name.</exception>
    public IReadOnlyList<string> Policies => PolicyNames.Count == 0 ? NamedPolicies.All : Checked(() => PolicyNames.Select(name =>
    {
        NamedPolicies.Make(name);
        return name;
    }).ToList());

    /// <summary>The numbers of clips.</summary>
    /// <exception cref="UsageException">They are none.</exception>
    public IReadOnlyList<int> ClipCounts => Clips.Split(',').Select(text =>
        NumberText.ReadWhole(text, out var count) is null && count is > 0 and <= MostClips
            ? (int)count
            : throw new UsageException($"--clips: '{text}' is no number from 1 to {MostClips}; give one, or several separated by commas."))
            .ToList();

    /// <summary>The farm.</summary>
    /// <exception cref="UsageException">A number is out of range, or the file is no farm.</exception>
    public IReadOnlyList<SimulatedMac> Farm()
    {
        if (FarmFile is not null)
            return Checked(() => MlxVideo.Simulation.Farms.FarmFile.Read(FarmFile));
        if (Macs is < 1 or > MostMacs)
            throw new UsageException($"--macs: take 1 to {MostMacs}.");
        return LinkGbit > 0 && double.IsFinite(LinkGbit)
            ? ReferenceFarms.Macs(Macs, LinkGbit)
            : throw new UsageException("--link: take more than 0 Gbit/s.");
    }

    /// <summary>Refuses what can't be run.</summary>
    /// <exception cref="UsageException">Says what.</exception>
    public void Check()
    {
        if (Seeds is < 1 or > 1000)
            throw new UsageException("--seeds: take 1 to 1000.");
        if (!Workload.Mixes.Contains(Mix))
            throw new UsageException($"--mix: there is no '{Mix}'; take {string.Join(", ", Workload.Mixes)}.");
    }

    /// <summary>Runs what may find the command line's text at fault.</summary>
    public static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception ex) when (ex is FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException(ex.Message);
        }
    }
}
