using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A file system of few megabytes under a folder; its bytes can be taken away and given back.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Mounts one; null where this process may not.</summary>
    public static SmallDisk? TryMount(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        var size = string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m");
        return OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder) == 0 ? new SmallDisk(folder) : null;
    }

    /// <summary>Leaves so many bytes free.</summary>
    public void Fill(long leave)
    {
        using var file = new FileStream(Ballast, FileMode.Create);
        var block = new byte[1 << 12];
        for (var left = new DriveInfo(_folder).AvailableFreeSpace - leave; left > 0; left -= block.Length)
            file.Write(block);
    }

    /// <summary>Gives them back.</summary>
    public void Empty() => File.Delete(Ballast);

    public void Dispose() => Run("umount", "--lazy", _folder);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}

/// <summary>A test that needs a file system of its own: skipped, with the reason, where none can be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsPossible = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
        using var disk = SmallDisk.TryMount(folder, megabytes: 1);
        return disk is not null;
    });

    public SmallDiskFactAttribute()
    {
        if (!IsPossible.Value)
            Skip = "No tmpfs can be mounted here: that takes Linux and root.";
    }
}
