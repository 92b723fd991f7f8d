using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Text;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Cli.Simulate;

/// <summary>The options of <c>simulate</c>, as given on the command line.</summary>
/// <param name="Clips">Comma-separated numbers of clips.</param>
/// <param name="FarmFile">File of Macs; null for the reference farm.</param>
/// <param name="Macs">Number of Macs of the reference farm.</param>
/// <param name="Mix">Name of the clip mix.</param>
/// <param name="LinkGbit">Network bandwidth in Gbit/s.</param>
/// <param name="PolicyNames">Names of policies; empty for all.</param>
/// <param name="Seeds">Number of random batches.</param>
/// <param name="Faults">Fault specification; null for the standard scenarios.</param>
/// <param name="TraceFile">Trace of a real batch to replay; null for none.</param>
/// <param name="ChartFile">SVG file to write; null for none.</param>
/// <param name="FromFault">Also computes the bound from the time of the fault.</param>
/// <param name="Json">Prints JSON instead of tables.</param>
internal sealed record SimulationRequest(
    string Clips, string? FarmFile, int Macs, string Mix, double LinkGbit, IReadOnlyList<string> PolicyNames, int Seeds, string? Faults,
    string? TraceFile, string? ChartFile, bool FromFault, bool Json)
{
    private const int MaxClips = 100_000;
    private const int MaxMacs = 10_000;

    /// <summary>The policies to run.</summary>
    /// <exception cref="UsageException">A policy is unknown.</exception>
    public IReadOnlyList<string> Policies => PolicyNames.Count == 0 ? NamedPolicies.All : Checked(() => PolicyNames.Select(name =>
    {
        NamedPolicies.Make(name);
        return name;
    }).ToList());

    /// <summary>The numbers of clips.</summary>
    /// <exception cref="UsageException">A number is invalid.</exception>
    public IReadOnlyList<int> ClipCounts => Clips.Split(',').Select(text =>
        NumberText.ReadWhole(text, out var count) is null && count is > 0 and <= MaxClips
            ? (int)count
            : throw new UsageException($"--clips: '{text}' is not a whole number from 1 to {MaxClips}: separate numbers with commas."))
            .ToList();

    /// <summary>Returns the Macs of the farm.</summary>
    /// <exception cref="UsageException">A number is out of range, or the file is not a valid farm.</exception>
    public IReadOnlyList<SimulatedMac> Farm()
    {
        if (FarmFile is not null)
            return Checked(() => MlxVideo.Simulation.Farms.FarmFile.Read(FarmFile));
        if (Macs is < 1 or > MaxMacs)
            throw new UsageException($"--macs: use 1 to {MaxMacs}.");
        return LinkGbit > 0 && double.IsFinite(LinkGbit)
            ? ReferenceFarms.Macs(Macs, LinkGbit)
            : throw new UsageException("--link: use more than 0 Gbit/s.");
    }

    /// <summary>Validates the seeds and the mix.</summary>
    /// <exception cref="UsageException">One of them is invalid.</exception>
    public void Check()
    {
        if (Seeds is < 1 or > 1000)
            throw new UsageException("--seeds: use 1 to 1000.");
        if (!Workload.Mixes.Contains(Mix))
            throw new UsageException($"--mix: unknown mix '{Mix}'; use one of {string.Join(", ", Workload.Mixes)}.");
    }

    /// <summary>Runs a parser and converts its exceptions to a <see cref="UsageException"/>.</summary>
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
