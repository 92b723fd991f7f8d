using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Diagnostics;

/// <summary>Checks the free space of the disk that holds a folder, which may not exist yet.</summary>
public static class DiskCheck
{
    /// <summary>Free space below which a warning is given: a clip's artefacts and tiles need a few GB.</summary>
    private const long LittleBytes = 10_000_000_000;

    /// <summary>Checks a folder.</summary>
    /// <param name="check">Name of the check.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="option">Option or variable that selects another folder.</param>
    public static CheckResult Of(string check, string folder, string option)
    {
        try
        {
            var existing = Existing(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var volume = new Volume(existing);
            var (free, found) = (volume.FreeBytes, $"{ByteSize.Text(volume.FreeBytes)} free for {folder}");
            var remedy = $"Free some space, or choose a folder on another disk with {option}.";
            return free <= volume.ReserveBytes
                ? new CheckResult(check, CheckOutcome.Failed, found, remedy)
                : free < LittleBytes
                    ? new CheckResult(check, CheckOutcome.Warning, found, remedy)
                    : new CheckResult(check, CheckOutcome.Passed, found);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new CheckResult(
                check, CheckOutcome.Failed, $"the disk of {folder} can't be examined ({ex.Message.TrimEnd('.')})",
                $"Choose another folder with {option}.");
        }
    }

    /// <summary>Returns the closest folder above that exists.</summary>
    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder) ?? throw new IOException("no parent folder exists");
        return folder;
    }
}
