using MlxVideo.Hub.Api;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Selection;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Hub.Downloads;

/// <summary>The files of a download, and how much of them is already in the cache.</summary>
/// <param name="Files">All selected files, sorted by path.</param>
public sealed record DownloadPlan(HubModel Model, IReadOnlyList<PlannedFile> Files)
{
    /// <summary>Bytes of all files.</summary>
    public long TotalBytes => Files.Sum(planned => planned.File.Size);

    /// <summary>Bytes still to be transferred.</summary>
    public long MissingBytes => Files.Sum(planned => planned.MissingBytes);

    /// <summary>Plans the download of a model's selected files.</summary>
    /// <exception cref="HubException">The selection is empty or ambiguous.</exception>
    public static DownloadPlan Make(HubModel model, SelectionOptions options, HubCache cache) =>
        new(model, FileSelection.Select(model, options).Select(file => new PlannedFile(file, MissingOf(model, file, cache))).ToList());

    /// <summary>Throws unless the missing bytes fit on the disk.</summary>
    /// <param name="disk">The volume of the cache.</param>
    /// <exception cref="HubException">They do not fit.</exception>
    public void RequireSpace(Volume disk, string cacheFolder)
    {
        var free = disk.FreeBytes - disk.ReserveBytes;
        if (MissingBytes > free)
            throw new HubException(
                $"The download needs {ByteSize.Text(MissingBytes)}, but only {ByteSize.Text(Math.Max(0, free))} are free at {cacheFolder}; "
                    + "free some space, or set HF_HOME to a folder on a larger disk.");
    }

    private static long MissingOf(HubModel model, HubFile file, HubCache cache)
    {
        if (cache.Has(model, file))
            return 0;
        var partial = new FileInfo(cache.PartialOf(model, file));
        return partial.Exists ? Math.Max(0, file.Size - partial.Length) : file.Size;
    }
}

/// <summary>A file of a download.</summary>
/// <param name="MissingBytes">Bytes still to be transferred; 0 for a file in the cache.</param>
public sealed record PlannedFile(HubFile File, long MissingBytes);
