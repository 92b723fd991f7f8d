using System.Globalization;
using MlxVideo.Coordinator.Security;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Examination;

/// <summary>Checks when the farm's certificates expire.</summary>
internal static class CertificateChecks
{
    private const string Check = "certificates";

    /// <summary>Workers renew their certificates when a third of the lifetime is left; with this fraction left, one is late.</summary>
    private const int LateFraction = 6;

    private static readonly TimeSpan LittleTime = TimeSpan.FromDays(60);

    /// <summary>Checks the certificates.</summary>
    /// <param name="tls">Certificates; null for a farm without.</param>
    /// <param name="now">The time of day.</param>
    public static IEnumerable<CheckResult> Of(CoordinatorTls? tls, DateTimeOffset now)
    {
        if (tls is null)
        {
            yield return new CheckResult(Check, CheckOutcome.Passed, "not used: the coordinator listens on loopback or a trusted network");
            yield break;
        }

        var authority = new DateTimeOffset(tls.Identity.Authority.NotAfter);
        yield return Expiry(
            "authority", authority, now,
            "Create a new farm with 'farm init' and a new data folder before then, and let all workers join it with new tokens.");
        yield return Expiry(
            "coordinator's certificate", tls.Identity.Expires, now, "Restart the coordinator, which issues itself a new certificate.");
        yield return Workers(tls.Access.WorkerCertificates, tls.Access.CertificateLifetime, now);
    }

    internal static CheckResult Workers(IReadOnlyList<CertificateEntry> certificates, TimeSpan lifetime, DateTimeOffset now)
    {
        var late = certificates.Where(entry => entry.ExpiresAt - now < lifetime / LateFraction).OrderBy(entry => entry.ExpiresAt)
            .Select(entry => $"{entry.WorkerName}'s {(entry.ExpiresAt <= now ? "expired" : "expires")} on {Day(entry.ExpiresAt)}").ToList();
        return late.Count == 0
            ? new CheckResult(Check, CheckOutcome.Passed, FormattableString.Invariant($"valid for all workers: {certificates.Count}"))
            : new CheckResult(
                Check, CheckOutcome.Warning, Names.Join(late, "; "),
                "Start these workers, which renew their certificates; one whose certificate has expired needs a new 'farm token'.");
    }

    private static CheckResult Expiry(string check, DateTimeOffset expires, DateTimeOffset now, string remedy)
    {
        var outcome = expires <= now ? CheckOutcome.Failed : expires - now < LittleTime ? CheckOutcome.Warning : CheckOutcome.Passed;
        return new CheckResult(
            check, outcome, $"valid until {Day(expires)}", outcome == CheckOutcome.Passed ? null : remedy);
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
