namespace MlxVideo.Coordinator.Logs;

/// <summary>
/// Keeps the size of all logs below a limit, by deleting those of ended batches. It counts what is written instead of looking at the files,
/// of which there may be many. Not thread-safe.
/// </summary>
/// <param name="folder">Folder of the logs, with a folder per batch.</param>
internal sealed class LogSpace(string folder, long maxBytes)
{
    private readonly Dictionary<string, Use> _batches = [];
    private long _total;
    private long _writes;

    /// <summary>Counts the logs of earlier processes; their batches count as ended until something is written about them.</summary>
    public void Scan()
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists)
            return;
        var found = root.EnumerateDirectories().Select(batch => (batch.Name, Files: batch.EnumerateFiles().ToList()))
            .Select(batch => (
                batch.Name, Bytes: batch.Files.Sum(file => file.Length),
                WrittenAt: batch.Files.Select(file => file.LastWriteTimeUtc).DefaultIfEmpty().Max()));
        foreach (var (name, bytes, _) in found.OrderBy(batch => batch.WrittenAt).ToList())
        {
            Count(name, bytes);
            End(name);
        }
    }

    /// <summary>Deletes the logs of ended batches, the oldest first, until there is space for more.</summary>
    /// <param name="batch">The batch to which something will be written, and which is kept.</param>
    /// <returns>False if the logs of the other batches leave no space.</returns>
    public bool MakeRoom(string batch, long bytes)
    {
        while (_total + bytes > maxBytes)
        {
            var ended = _batches.Where(each => each.Value.HasEnded && each.Key != batch).OrderBy(each => each.Value.Order)
                .Select(each => each.Key);
            if (ended.FirstOrDefault() is not { } oldest)
                return false;
            Delete(oldest);
        }

        return true;
    }

    /// <summary>Counts what was written about a batch.</summary>
    public void Count(string batch, long bytes)
    {
        var before = _batches.GetValueOrDefault(batch);
        _batches[batch] = new Use((before?.Bytes ?? 0) + bytes, ++_writes, HasEnded: false);
        _total += bytes;
    }

    /// <summary>Lets the logs of a batch be deleted when there is no space.</summary>
    public void End(string batch)
    {
        if (_batches.TryGetValue(batch, out var use))
            _batches[batch] = use with { HasEnded = true };
    }

    /// <summary>Deletes the logs of a batch.</summary>
    public void Delete(string batch)
    {
        // Forgotten first: a folder that can't be deleted is not tried again and again.
        if (_batches.Remove(batch, out var use))
            _total -= use.Bytes;
        var path = Path.Combine(folder, batch);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <param name="Order">Number of the last write.</param>
    private sealed record Use(long Bytes, long Order, bool HasEnded);
}
