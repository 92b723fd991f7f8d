using System.Globalization;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Processes;
using MlxVideo.Cli.LocalFarms;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>Full disks: the daemon is restarted under conditions that make writes fail, and later without them.</summary>
internal sealed class DiskFaults(TimeProvider time)
{
    /// <summary>
    /// No file above 64 KiB: enough for identity and lock files, and less than the file with which a store tests whether it is writable.
    /// </summary>
    public static LaunchConditions FileLimit { get; } = LaunchConditions.None with { MaxFileBlocks = 128 };

    /// <summary>A quota that no artefact fits into; unlike a file limit, it leaves the coordinator's database writable.</summary>
    public static LaunchConditions BlobQuota { get; } =
        new(new Dictionary<string, string?> { ["MLXVIDEO__COORDINATOR__BLOBQUOTA"] = "1" });

    /// <summary>Runs a daemon with a full disk for the fault's duration.</summary>
    /// <param name="full">The conditions of a full disk.</param>
    public async Task<FaultOutcome> FillAsync(
        SupervisedDaemon daemon, LaunchConditions full, Fault fault, CancellationToken cancellationToken)
    {
        daemon.RestartUnder(full);
        try
        {
            await Task.Delay(fault.Duration, time, cancellationToken);
        }
        finally
        {
            daemon.RestartUnder(LaunchConditions.None);
        }

        return FaultOutcome.Injected(string.Create(CultureInfo.InvariantCulture, $"for {fault.Duration.TotalSeconds:0.0} s"));
    }
}
