using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Security;
using MlxVideo.Farm.Policies;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Coordinator.Examination;

/// <summary>Makes all checks of the farm. A failed check does not prevent the others.</summary>
/// <param name="health">The checks of the readiness endpoint.</param>
/// <param name="tls">Certificates; null for a farm without.</param>
internal sealed class FarmExaminer(
    HealthCheckService health, BlobStore blobs, IOptions<SchedulingOptions> scheduling, TimeProvider time, CoordinatorTls? tls = null)
{
    /// <summary>Examines the farm.</summary>
    /// <param name="observe">Returns the farm; it may throw a <see cref="FarmRequestException"/>.</param>
    public async Task<FarmDiagnosis> ExamineAsync(Func<Task<FarmQueries.Observation>> observe, CancellationToken cancellationToken)
    {
        var checks = (await health.CheckHealthAsync(cancellationToken)).Entries.Select(Readiness).ToList();
        var farm = await TryAsync(observe);
        checks.AddRange(StorageChecks.Of(blobs, farm?.StorageProblem));
        checks.Add(await FfmpegCheck.RunAsync(cancellationToken));
        checks.AddRange(CertificateChecks.Of(tls, time.GetUtcNow()));
        if (farm is not null)
        {
            var enrolled = tls?.Access.WorkerCertificates.ToDictionary(entry => entry.WorkerId, entry => entry.WorkerName) ?? [];
            checks.AddRange(WorkerChecks.Of(farm.Workers, enrolled, BuildVersion.Current));
            checks.AddRange(RowChecks.Of(farm.Farm, scheduling.Value, farm.Now));
        }

        return new FarmDiagnosis(
            checks.TrueForAll(check => check.Outcome != CheckOutcome.Failed), BuildVersion.Current, checks);
    }

    private static CheckResult Readiness(KeyValuePair<string, HealthReportEntry> entry) => entry.Value.Status == HealthStatus.Healthy
        ? new CheckResult(entry.Key, CheckOutcome.Passed, "works")
        : new CheckResult(
            entry.Key, CheckOutcome.Failed, (entry.Value.Description ?? "it does not work").TrimEnd('.'),
            "See the coordinator's log for the reason; it recovers by itself when the reason is gone.");

    private static async Task<FarmQueries.Observation?> TryAsync(Func<Task<FarmQueries.Observation>> observe)
    {
        try
        {
            return await observe();
        }
        catch (FarmRequestException ex) when (ex.Error == FarmRequestError.Busy)
        {
            return null; // the check 'farm' failed for the same reason
        }
    }
}
