namespace MlxVideo.Shared.Artefacts;

/// <summary>Checks that a folder is writable before the work starts that writes its results there.</summary>
public static class WritableFolder
{
    /// <summary>Larger than the files that file systems store inside a directory entry; otherwise a full disk would go unnoticed.</summary>
    private const int ProbeLength = 1 << 16;

    /// <summary>Creates the folder if necessary and checks that it is writable.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <param name="what">Description for the error message: <c>output folder</c>.</param>
    /// <param name="option">Option that selects another folder: <c>--output</c>.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="IOException">The folder is not writable.</exception>
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
            // .NET throws ArgumentOutOfRangeException for a file size limit.
            throw Unwritable(what, folder, option, ex);
        }
    }

    /// <summary>Creates the folder if necessary, without checking for space.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <param name="what">Description for the error message.</param>
    /// <param name="option">Option that selects another folder.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="IOException">The folder can't be created.</exception>
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
        new($"The {what} {folder} can't be written to ({ex.Message.TrimEnd('.')}): choose another with {option} or free some space.", ex);
}
