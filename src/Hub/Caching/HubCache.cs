using MlxVideo.Hub.Api;
using MlxVideo.Hub.Repositories;
using MlxVideo.Shared.Files;

namespace MlxVideo.Hub.Caching;

/// <summary>
/// The cache of the Hugging Face hub, shared with all programs that use its layout: for each repository a folder
/// <c>models--OWNER--NAME</c> with <c>blobs/HASH</c>, <c>refs/REVISION</c> (a commit) and <c>snapshots/COMMIT/PATH</c>, which are symbolic
/// links to blobs.
/// </summary>
public sealed class HubCache(string folder)
{
    /// <summary>Name of the folder with the files of a repository.</summary>
    internal const string Blobs = "blobs";

    private const string Incomplete = ".incomplete";
    private const string Snapshots = "snapshots";

    public string Folder => folder;

    /// <summary>Returns the folder of a repository's snapshot; null when the cache has none for this revision.</summary>
    public string? FindSnapshot(RepositoryReference reference)
    {
        var repository = Path.Combine(folder, reference.Repository.FolderName);
        var commit = reference.IsCommit ? reference.Revision : ReadRef(repository, reference.Revision);
        return commit is not null && Path.Combine(repository, Snapshots, commit) is var snapshot && Directory.Exists(snapshot)
            ? snapshot
            : null;
    }

    /// <summary>Returns the newest snapshot of each model repository, ordered by name.</summary>
    public IReadOnlyList<(RepositoryId Repository, string Snapshot)> List()
    {
        if (!Directory.Exists(folder))
            return [];
        return (from path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
                let repository = RepositoryId.ParseFolder(Path.GetFileName(path))
                where repository is not null
                let snapshot = FindSnapshot(new RepositoryReference(repository, RepositoryReference.DefaultRevision)) ?? NewestIn(path)
                where snapshot is not null
                select (repository, snapshot)).ToList();
    }

    /// <summary>Returns the path of a file in a snapshot, whether it exists or not.</summary>
    public string PathOf(HubModel model, HubFile file) =>
        Path.Combine([RepositoryFolder(model), Snapshots, model.Commit, .. file.Path.Split('/')]);

    /// <summary>Returns the path of a file's blob, whether it exists or not.</summary>
    public string BlobOf(HubModel model, HubFile file) => Path.Combine(RepositoryFolder(model), Blobs, file.Hash);

    /// <summary>Returns the path at which a blob grows until it is complete.</summary>
    public string PartialOf(HubModel model, HubFile file) => BlobOf(model, file) + Incomplete;

    /// <summary>True when the whole file is in the cache, under any commit.</summary>
    public bool Has(HubModel model, HubFile file) => IsWhole(BlobOf(model, file), file.Size) || IsWhole(PathOf(model, file), file.Size);

    /// <summary>Puts a complete blob into the model's snapshot.</summary>
    public void Link(HubModel model, HubFile file)
    {
        var (path, blob) = (PathOf(model, file), BlobOf(model, file));
        if (IsWhole(path, file.Size))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Some file systems have no symbolic links (exFAT): then the snapshot holds the file itself.
            File.Move(blob, path);
        }
    }

    /// <summary>Records the commit of the model's revision.</summary>
    public void WriteRef(HubModel model)
    {
        if (model.Reference.IsCommit)
            return;
        var path = RefOf(RepositoryFolder(model), model.Reference.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllText(partial, model.Commit);
        File.Move(partial, path, overwrite: true);
    }

    private string RepositoryFolder(HubModel model) => Path.Combine(folder, model.Reference.Repository.FolderName);

    private static string? NewestIn(string repository)
    {
        var snapshots = new DirectoryInfo(Path.Combine(repository, Snapshots));
        return snapshots.Exists ? snapshots.EnumerateDirectories().MaxBy(snapshot => snapshot.LastWriteTimeUtc)?.FullName : null;
    }

    private static string? ReadRef(string repository, string revision)
    {
        var path = RefOf(repository, revision);
        return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } commit && !commit.Contains('/') && commit != ".."
            ? commit
            : null;
    }

    private static string RefOf(string repository, string revision) => Path.Combine([repository, "refs", .. revision.Split('/')]);

    private static bool IsWhole(string path, long size)
    {
        var file = new FileInfo(path);
        return file.Exists && LinkTarget.Of(path) is { Exists: true } target && target.Length == size;
    }
}
