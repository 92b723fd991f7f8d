using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>Follows a batch to its end: shows progress, downloads each finished clip and writes the report.</summary>
/// <param name="asJson">Prints the report as JSON, and no progress.</param>
internal sealed class BatchDelivery(FarmClient client, OutputFolder folder, bool asJson = false)
{
    private const int Attempts = 3;
    // Covers a sleeping or restarting coordinator; one that no longer knows the batch reports an error, which ends the wait.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(12);

    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);

    private readonly HashSet<int> _delivered = [];
    private readonly Dictionary<int, string> _undeliverable = [];
    private readonly WaitingNotice _notice = new(Console.Error);
    private BatchView? _last;

    /// <summary>Returns exit code 0 only if every row was delivered. The report is written even when the wait ends early.</summary>
    /// <param name="errors">Errors of the CSV's other rows, which count as failed.</param>
    /// <param name="cancellationToken">Cancels the wait, not the batch.</param>
    public async Task<int> RunAsync(string batchId, IReadOnlyList<CsvError> errors, CancellationToken cancellationToken)
    {
        ReportFile.SetAside(folder, batchId);
        try
        {
            if (asJson)
                await foreach (var _ in ViewsAsync(batchId, cancellationToken)) ;
            else
                await BatchProgress.ShowAsync(ViewsAsync(batchId, cancellationToken));
        }
        finally
        {
            if (_last is not null)
                ReportFile.Write(folder, Report(errors));
        }

        var report = Report(errors);
        if (asJson)
            Console.WriteLine(report.ToJson());
        else
            ReportTable.Print(report, folder);
        return report.Failed.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private BatchReport Report(IReadOnlyList<CsvError> errors) => BatchReport.Of(_last!, _delivered, _undeliverable, errors);

    private async IAsyncEnumerable<BatchView> ViewsAsync(
        string batchId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (
            var view in new BatchFollower(client, Patience, TimeProvider.System, Console.Error.WriteLine)
                .FollowAsync(batchId, cancellationToken))
        {
            _last = view;
            _notice.Show(view);
            yield return view;
            foreach (
                var clip in view.Clips.Where(
                    clip => clip.Clip is not null && !_delivered.Contains(clip.Row) && !_undeliverable.ContainsKey(clip.Row)))
                await DeliverAsync(clip, cancellationToken);
        }
    }

    private async Task DeliverAsync(ClipView clip, CancellationToken cancellationToken)
    {
        // Retries during network outages; the loop below retries files damaged in transit.
        var network = FarmRetry.WithPatience(
            ex => ex is FarmApiException { IsTransient: true } or HttpIOException, PauseBeforeRetry, Patience, TimeProvider.System);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await network.ExecuteAsync(
                    async token => await client.Blobs.GetAsync(clip.Clip!, folder.FileFor(clip.Output), token), cancellationToken);
                _delivered.Add(clip.Row);
                return;
            }
            catch (FarmApiException ex) when (!ex.IsTransient && attempt < Attempts)
            {
            }
            catch (Exception ex) when (ex is FarmApiException or IOException or UnauthorizedAccessException)
            {
                _undeliverable[clip.Row] =
                    $"The clip was rendered, but could not be saved as {Path.Combine(folder.FullPath, clip.Output)}: {ex.Message}";
                return;
            }
        }
    }
}
