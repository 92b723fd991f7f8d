namespace MlxVideo.Shared.Processes;

/// <summary>
/// A folder for files of no further use. It is deleted on disposal, and when the process ends before that, unless it is killed.
/// </summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates a folder of a new name in the system's temporary folder.</summary>
    /// <param name="prefix">How its name begins.</param>
    public TemporaryFolder(string prefix)
    {
        Path = Directory.CreateTempSubdirectory(prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The folder, absolute.</summary>
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
            // Another thread still writes to it; the system clears its temporary folder by and by.
        }
    }
}
