namespace MlxVideo.Shared.Artefacts;

/// <summary>Recognises that a file could not be written for lack of room.</summary>
public static class OutOfSpace
{
    /// <summary>
    /// EFBIG and ENOSPC of Unix, EDQUOT of Linux and of macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows: .NET
    /// hands them on as the exception's HResult.
    /// </summary>
    private static readonly int[] Codes = [27, 28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>What .NET makes of EFBIG.</summary>
    private const string SizeLimit = "Specified file length was too large";

    /// <summary>True when an exception, or one that caused it, tells of a full disk, a quota or a limit on the size of files.</summary>
    public static bool Is(Exception? ex) => ex switch
    {
        null => false,
        StorageException { IsFull: true } => true,
        IOException when Codes.Contains(ex.HResult) => true,
        ArgumentOutOfRangeException { ParamName: "value" } when ex.Message.StartsWith(SizeLimit, StringComparison.Ordinal) => true,
        _ => Is(ex.InnerException),
    };
}
