using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Processes;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>Damage to stored artefacts.</summary>
internal static class BlobFaults
{
    private const int Ways = 3;
    private const int FlippedBytes = 16;
    private const int ShownDigits = 12;

    /// <summary>Flips bytes of an intermediate artefact, truncates it, or deletes it.</summary>
    public static FaultOutcome Corrupt(SupervisedDaemon daemon, Fault fault)
    {
        try
        {
            var files = StoredArtefacts.In(daemon.DataFolder);
            if (files.Count == 0)
                return FaultOutcome.Skipped("no intermediate artefact is stored");
            var file = files[fault.Choice / Ways % files.Count];
            return FaultOutcome.Injected($"{Damage(file.FullName, fault.Choice)} {file.Name[..ShownDigits]}");
        }
        catch (IOException ex)
        {
            return FaultOutcome.Skipped($"the daemon changed its files meanwhile: {ex.Message}");
        }
    }

    private static string Damage(string path, int choice)
    {
        if (choice % Ways == 0)
        {
            File.Delete(path);
            return "deleted";
        }

        // Stores may write-protect their blobs.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserWrite);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (choice % Ways == 1)
        {
            stream.SetLength(stream.Length / 2);
            return "truncated";
        }

        stream.Position = Math.Max(0, (stream.Length / 2) - FlippedBytes);
        var bytes = new byte[FlippedBytes];
        var count = stream.Read(bytes);
        for (var index = 0; index < count; index++)
            bytes[index] ^= 0xFF;
        stream.Position -= count;
        stream.Write(bytes, 0, count);
        return "flipped bytes of";
    }
}
