using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Coordinator.Examination;

/// <summary>Checks the disk and the quota of the coordinator's blob store.</summary>
internal static class StorageChecks
{
    private const string Quota = "blob quota";
    private const double MuchUsed = 0.9;

    /// <summary>Checks the store.</summary>
    /// <param name="problem">Why work is held, in one sentence; null when it is not.</param>
    public static IEnumerable<CheckResult> Of(BlobStore blobs, string? problem)
    {
        yield return DiskCheck.Of("data disk", blobs.Folder, "--data");
        yield return OfQuota(blobs);
        if (problem is not null)
            yield return new CheckResult(
                "storage", CheckOutcome.Failed, problem.TrimEnd('.'),
                "Free space on the coordinator's disk, or remove ended batches with 'farm remove'.");
    }

    private static CheckResult OfQuota(BlobStore blobs)
    {
        long used;
        try
        {
            used = blobs.UsedBytes();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return new CheckResult(
                Quota, CheckOutcome.Failed, $"{blobs.Folder} can't be read ({ex.Message.TrimEnd('.')})",
                "Give the coordinator's user access to its data folder.");
        }

        if (blobs.QuotaBytes is not { } quota)
            return new CheckResult(Quota, CheckOutcome.Passed, $"none; {ByteSize.Text(used)} are stored");
        var found = $"{ByteSize.Text(used)} of {ByteSize.Text(quota)} are used";
        return used < quota * MuchUsed
            ? new CheckResult(Quota, CheckOutcome.Passed, found)
            : new CheckResult(
                Quota, CheckOutcome.Warning, found,
                "Raise --blob-quota, keep clips for a shorter time with --keep-results, or remove ended batches with 'farm remove'.");
    }
}
