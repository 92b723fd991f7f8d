using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Cli.Farm;

/// <summary>Follows a batch to its end: shows progress, fetches each clip when it is finished, reports.</summary>
internal static class BatchDelivery
{
    /// <summary>Exit code 0 only if every row of the CSV was delivered.</summary>
    public static async Task<int> Run(FarmClient client, string batchId, BatchCsvContent content, OutputFolder folder, CancellationToken cancellation)
    {
        var delivered = new HashSet<int>();
        var view = await BatchProgress.Follow(client, batchId, async current =>
        {
            foreach (var clip in current.Clips.Where(clip => clip.Clip is not null && !delivered.Contains(clip.Row)))
            {
                await client.Blobs.Get(clip.Clip!, folder.PathOf(clip.Output), cancellation);
                delivered.Add(clip.Row);
            }
        }, cancellation);

        var report = BatchReport.Of(view, content.Faults);
        report.Write(folder.PathOf(BatchReport.FileName));
        ReportTable.Print(report, folder);
        return report.Failed.Count == 0 ? 0 : 1;
    }
}
