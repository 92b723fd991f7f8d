using System.Net;
using MlxVideo.Hub.Api;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Repositories;
using MlxVideo.Hub.Selection;
using MlxVideo.Shared.Artefacts;
using Polly;
using Polly.Retry;

namespace MlxVideo.Hub.Downloads;

/// <summary>
/// Transfers the files of a plan into the cache, several at a time. A file grows beside the blobs and becomes one when its hash is right,
/// so an interrupted download goes on where it stopped, in this process or a later one.
/// </summary>
public sealed class Downloader(HubClient client, HubCache cache, DownloadSettings settings, TimeProvider time)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Asks the hub for a repository's files and plans the download of the selected ones.</summary>
    /// <param name="notice">Called with a sentence before each further attempt.</param>
    /// <exception cref="HubException">The hub refuses access, or the selection is empty or ambiguous.</exception>
    /// <exception cref="IOException">The hub stays unreachable.</exception>
    public async Task<DownloadPlan> PlanAsync(
        RepositoryReference reference, SelectionOptions options, Action<string>? notice, CancellationToken cancellationToken)
    {
        var failures = new FailureCount();
        try
        {
            var model = await Retries(failures, problem => notice?.Invoke(problem))
                .ExecuteAsync(async token => await client.DescribeAsync(reference, token), cancellationToken);
            return DownloadPlan.Make(model, options, cache);
        }
        catch (HttpRequestException ex)
        {
            throw new IOException(
                $"{client.Endpoint} does not answer ({ex.Message.TrimEnd('.')}); check the network, or try again later.", ex);
        }
    }

    /// <summary>Transfers all missing files and completes the snapshot.</summary>
    /// <param name="progress">Called from several threads, but never by two at a time for one file.</param>
    /// <returns>The folder of the snapshot.</returns>
    /// <exception cref="HubException">The hub refuses access, a file has changed or is damaged, or the disk is full.</exception>
    /// <exception cref="IOException">The hub stays unreachable, or the cache can't be written.</exception>
    public async Task<string> RunAsync(DownloadPlan plan, Action<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(cache.Folder);
        plan.RequireSpace(new Volume(cache.Folder), cache.Folder);
        // The largest first: they determine the end.
        await Parallel.ForEachAsync(
            plan.Files.Select(planned => planned.File).DistinctBy(file => file.Hash).OrderByDescending(file => file.Size),
            new ParallelOptions { MaxDegreeOfParallelism = settings.Parallel, CancellationToken = cancellationToken },
            async (file, token) => await FetchAsync(plan.Model, file, progress, token));
        foreach (var planned in plan.Files)
            cache.Link(plan.Model, planned.File);
        cache.WriteRef(plan.Model);
        return cache.FindSnapshot(plan.Model.Reference with { Revision = plan.Model.Commit })
            ?? throw new IOException($"The snapshot of {plan.Model.Reference.Repository} in {cache.Folder} has disappeared.");
    }

    private async Task FetchAsync(HubModel model, HubFile file, Action<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (!cache.Has(model, file))
        {
            var transfer = new Transfer(file, progress);
            try
            {
                await Retries(transfer.Failures, transfer.Report).ExecuteAsync(
                    async token => await TransferAsync(model, transfer, token), cancellationToken);
            }
            catch (Exception ex) when (ex is HttpRequestException or StalledException)
            {
                throw new IOException(
                    $"{file.Path} could not be downloaded: {ex.Message.TrimEnd('.')}. Run the command again: it continues where it "
                        + "stopped.",
                    ex);
            }
        }

        progress?.Invoke(new DownloadProgress(file.Path, file.Size, file.Size));
    }

    private ResiliencePipeline Retries(FailureCount failures, Action<string> report) =>
        new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is HttpRequestException or StalledException && ++failures.InARow < settings.Attempts),
            DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(DelayOf(failures, arguments.Outcome.Exception)),
            OnRetry = arguments =>
            {
                report($"{arguments.Outcome.Exception!.Message.TrimEnd('.')}; trying again.");
                return ValueTask.CompletedTask;
            },
        }).Build();

    private TimeSpan DelayOf(FailureCount failures, Exception? ex)
    {
        var usual = TimeSpan.FromTicks(Math.Min(
            settings.LongestDelay.Ticks, settings.FirstDelay.Ticks << Math.Min(failures.InARow - 1, 20)));
        return ex is HubBusyException { Pause: { } pause } && pause > usual ? pause : usual;
    }

    private async Task TransferAsync(HubModel model, Transfer transfer, CancellationToken cancellationToken)
    {
        var (file, partial) = (transfer.File, cache.PartialOf(model, transfer.File));
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        using (var stream = OpenAlone(partial))
        using (var hash = new ContentHash(file))
        {
            await AppendExistingAsync(stream, hash, file, cancellationToken);
            transfer.Done = stream.Length;
            if (stream.Length < file.Size)
                await ReceiveAsync(model, transfer, stream, hash, cancellationToken);
            if (hash.Finish() != file.Hash)
            {
                stream.SetLength(0);
                if (transfer.HadWrongHash)
                    throw new HubException(
                        $"{file.Path} arrived twice with a wrong hash, so the hub or a proxy delivers a damaged file; try again later.");
                transfer.HadWrongHash = true;
                throw new HttpRequestException($"{file.Path} arrived with a wrong hash");
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, cache.BlobOf(model, file), overwrite: true);
    }

    private async Task ReceiveAsync(
        HubModel model, Transfer transfer, FileStream stream, ContentHash hash, CancellationToken cancellationToken)
    {
        var file = transfer.File;
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => stalled.Cancel(), null, settings.StallTime, Timeout.InfiniteTimeSpan);
        try
        {
            using var response = await OpenAsync(model, file, stream, stalled.Token);
            if (response.StatusCode != HttpStatusCode.PartialContent && stream.Length > 0)
            {
                // The server does not continue downloads.
                stream.SetLength(0);
                throw new HttpRequestException($"The server can't continue {file.Path}, which starts again");
            }

            await using var content = await response.Content.ReadAsStreamAsync(stalled.Token);
            var buffer = new byte[BufferBytes];
            while (stream.Length < file.Size)
            {
                timer.Change(settings.StallTime, Timeout.InfiniteTimeSpan);
                var count = await ReadAsync(content, buffer, stalled.Token);
                if (count == 0)
                    throw new HttpRequestException($"The connection broke after {ByteSize.Text(stream.Length)} of {file.Path}");
                count = (int)Math.Min(count, file.Size - stream.Length);
                await WriteAsync(stream, buffer.AsMemory(0, count), cancellationToken);
                hash.Append(buffer.AsSpan(0, count));
                transfer.Advance(stream.Length);
            }
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StalledException($"No byte of {file.Path} arrived for {settings.StallTime.TotalSeconds:0} s", ex);
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(HubModel model, HubFile file, FileStream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await client.OpenAsync(model, file, stream.Length, cancellationToken);
        }
        catch (UnsatisfiableRangeException)
        {
            stream.SetLength(0);
            throw;
        }
    }

    /// <summary>Reads from the network; its errors are not those of the disk.</summary>
    private static async Task<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException ex)
        {
            throw new HttpRequestException(ex.Message, ex);
        }
    }

    private static async Task WriteAsync(FileStream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException ex)
        {
            throw new HubException(
                $"{stream.Name} can't be written ({ex.Message.TrimEnd('.')}); free some space and run the command again: it continues "
                    + "where it stopped.",
                ex);
        }
    }

    /// <summary>Opens the partial file, which only one process may write at a time.</summary>
    private static FileStream OpenAlone(string partial)
    {
        try
        {
            return new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, useAsync: true);
        }
        catch (IOException ex) when (File.Exists(partial))
        {
            throw new HubException($"Another process is downloading {partial}; wait for it.", ex);
        }
    }

    /// <summary>Hashes what earlier attempts have received, and leaves the position behind it.</summary>
    private static async Task AppendExistingAsync(FileStream stream, ContentHash hash, HubFile file, CancellationToken cancellationToken)
    {
        if (stream.Length > file.Size)
            stream.SetLength(0);
        var buffer = new byte[BufferBytes];
        stream.Position = 0;
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            hash.Append(buffer.AsSpan(0, count));
    }

    /// <summary>The state of a file across attempts.</summary>
    private sealed class Transfer(HubFile file, Action<DownloadProgress>? progress)
    {
        private long _furthest;

        public HubFile File => file;

        public long Done { get; set; }

        /// <summary>Failed attempts in a row that got no further than an earlier one.</summary>
        public FailureCount Failures { get; } = new();

        public bool HadWrongHash { get; set; }

        public void Advance(long done)
        {
            Done = done;
            if (done > _furthest)
                (_furthest, Failures.InARow) = (done, 0);
            Report(problem: null);
        }

        public void Report(string? problem) => progress?.Invoke(new DownloadProgress(file.Path, Done, file.Size, problem));
    }

    private sealed class FailureCount
    {
        public int InARow { get; set; }
    }

    private sealed class StalledException(string message, Exception inner) : IOException(message, inner);
}
