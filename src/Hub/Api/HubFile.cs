namespace MlxVideo.Hub.Api;

/// <summary>A file of a repository at a commit.</summary>
/// <param name="Path">Path in the repository, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">
/// Hash of the content in hexadecimal digits: SHA-256 of large files, otherwise git's SHA-1 of the blob. It is also the file's entity tag
/// and the name of its blob in the cache.
/// </param>
public sealed record HubFile(string Path, long Size, string Hash)
{
    /// <summary>The file's name without its folders.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The file's folder with slashes; empty at the top level.</summary>
    public string Folder => Path.LastIndexOf('/') is >= 0 and var end ? Path[..end] : "";
}
