namespace MlxVideo.Shared.Artefacts;

/// <summary>Detects write failures caused by lack of space.</summary>
public static class OutOfSpace
{
    /// <summary>
    /// EFBIG and ENOSPC on Unix, EDQUOT on Linux and macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows, which .NET reports in
    /// the exception's HResult.
    /// </summary>
    private static readonly int[] Codes = [27, 28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Start of .NET's message for EFBIG.</summary>
    private const string SizeLimit = "Specified file length was too large";

    /// <summary>True when an exception or one of its causes indicates a full disk, an exceeded quota or a file size limit.</summary>
    public static bool Is(Exception? ex) => ex switch
    {
        null => false,
        StorageException { IsFull: true } => true,
        IOException when Codes.Contains(ex.HResult) => true,
        ArgumentOutOfRangeException { ParamName: "value" } when ex.Message.StartsWith(SizeLimit, StringComparison.Ordinal) => true,
        _ => Is(ex.InnerException),
    };
}
