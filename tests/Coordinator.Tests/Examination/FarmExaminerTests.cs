using System.Net.Http.Json;
using MlxVideo.Coordinator.Examination;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Tests.Examination;

/// <summary>The farm's doctor over HTTP, and its checks of certificates.</summary>
public sealed class FarmExaminerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Checks_of_a_farm_without_workers_name_what_is_missing()
    {
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(BlobQuota: 1000));
        var diagnosis = await api.Client.GetFromJsonAsync<FarmDiagnosis>(new Uri("/api/v1/doctor", UriKind.Relative), FarmJson.Options);
        Assert.False(diagnosis!.Usable);
        Assert.Equal(BuildVersion.Current, diagnosis.Version);
        Assert.Equal(
            [
                "api", "database", "farm", "data disk", "blob quota", "ffmpeg", "certificates", "workers", "unfit workers",
                "blocked workers", "absent workers", "versions", "models", "clocks", "rows",
            ],
            diagnosis.Checks.Select(check => check.Check));
        Assert.Equal(["workers"], diagnosis.Checks.Where(check => check.Outcome == CheckOutcome.Failed).Select(check => check.Check));
        Assert.Contains(diagnosis.Checks, check => check is { Check: "blob quota", Finding: "0 bytes of 1 kB are used" });
        Assert.Contains(
            "workers: Start a worker that joins this coordinator, or solve the problems below.",
            FarmCommands.Of(typeof(ExamineFarm)).Show(diagnosis).ToLines());
    }

    [Theory]
    [InlineData(6, CheckOutcome.Passed, "valid for all workers: 1")]
    [InlineData(4, CheckOutcome.Warning, "mini's expires on 2026-01-05")]
    [InlineData(-1, CheckOutcome.Warning, "mini's expired on 2025-12-31")]
    public void Certificate_that_was_not_renewed_in_time_is_a_warning(int days, CheckOutcome outcome, string finding)
    {
        var check = CertificateChecks.Workers(
            [new CertificateEntry("1", "w1", "mini", "k", Now.AddDays(days))], TimeSpan.FromDays(30), Now);
        Assert.Equal((outcome, finding), (check.Outcome, check.Finding));
    }
}
