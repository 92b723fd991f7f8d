using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.Cli.Tests;

/// <summary>A file system of a few megabytes mounted on a folder, with space that tests fill and free.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Mounts a file system; null when that is not possible here.</summary>
    public static SmallDisk? TryMount(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        var size = string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m");
        return OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder) == 0 ? new SmallDisk(folder) : null;
    }

    /// <summary>Fills the disk and leaves the given number of bytes free.</summary>
    public void Fill(long leave)
    {
        using var file = new FileStream(Ballast, FileMode.Create);
        var block = new byte[1 << 12];
        for (var left = new DriveInfo(_folder).AvailableFreeSpace - leave; left > 0; left -= block.Length)
            file.Write(block);
    }

    /// <summary>Frees the filled space.</summary>
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

/// <summary>A test that needs its own file system; skipped with a reason where none can be mounted.</summary>
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
            Skip = "No tmpfs can be mounted here: this requires Linux and root.";
    }
}
