namespace MlxVideo.Shared.Processes;

/// <summary>
/// A temporary folder. It is deleted on disposal, or when the process exits before that, unless it is killed.
/// </summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates a folder with a unique name in the system's temporary folder.</summary>
    /// <param name="prefix">Prefix of the name.</param>
    public TemporaryFolder(string prefix)
    {
        Path = Directory.CreateTempSubdirectory(prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Directory.Delete(Path, recursive: true);
    }

    private void OnProcessExit(object? sender, EventArgs arguments)
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Another thread is still writing to it; the system eventually cleans up its temporary folder.
        }
    }
}
