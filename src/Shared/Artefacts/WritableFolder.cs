namespace MlxVideo.Shared.Artefacts;

/// <summary>Makes sure of a folder before work begins whose results must go there.</summary>
public static class WritableFolder
{
    /// <summary>More than file systems keep inside a directory entry, so that a full disk is noticed.</summary>
    private const int ProbeLength = 1 << 16;

    /// <summary>Creates the folder if need be and makes sure that it can be written.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="what">What it is, for the message: <c>output folder</c>.</param>
    /// <param name="option">The option that names another: <c>--output</c>.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">It can't; the message says so.</exception>
    public static string Open(string path, string what, string option)
    {
        var folder = Create(path, what, option);
        try
        {
            var probe = Path.Combine(folder, $".writable-{Guid.NewGuid():N}");
            try
            {
                File.WriteAllBytes(probe, new byte[ProbeLength]);
            }
            finally
            {
                File.Delete(probe);
            }

            return folder;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The last one is what .NET makes of a limit on the size of files.
            throw Unwritable(what, folder, option, ex);
        }
    }

    /// <summary>Creates the folder if need be; whether it has room shows later.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="option">The option that names another.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">It can't be created; the message says so.</exception>
    public static string Create(string path, string what, string option)
    {
        var folder = Path.GetFullPath(path);
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(what, folder, option, ex);
        }
    }

    private static IOException Unwritable(string what, string folder, string option, Exception ex) =>
        new($"The {what} {folder} can't be written ({ex.Message.TrimEnd('.')}); choose another with {option}, or make room.", ex);
}
