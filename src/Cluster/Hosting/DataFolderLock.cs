using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cluster.Hosting;

/// <summary>
/// Exclusive use of a data folder by one daemon of any kind. The lock is an operating-system lock on an open file: it is released when the
/// process ends for any reason, and does not apply to a copy of the folder.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string LockName = "lock";

    /// <summary>A separate file, because .NET refuses to read a file that another process has locked.</summary>
    private const string HolderName = "lock-holder";

    /// <summary>EAGAIN on Linux and macOS, and ERROR_SHARING_VIOLATION on Windows.</summary>
    private static readonly int[] AlreadyLocked = [11, 35, unchecked((int)0x80070020)];

    private readonly string _holderFile;
    private readonly FileStream _lock;

    private DataFolderLock(string folder, FileStream held) => (_holderFile, _lock) = (Path.Combine(folder, HolderName), held);

    /// <summary>Locks a folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="kind">The kind of daemon, such as <c>worker</c>.</param>
    /// <param name="name">The daemon's display name.</param>
    /// <exception cref="DataFolderInUseException">Another daemon holds the lock.</exception>
    /// <exception cref="IOException">The folder can't be written to.</exception>
    public static DataFolderLock Acquire(string folder, string kind, string name, TimeProvider time)
    {
        var held = TryOpen(folder) ?? throw new DataFolderInUseException(folder, ReadHolder(folder));
        if (TryOpen(folder) is { } second)
        {
            second.Dispose();
            Console.Error.WriteLine($"The file system of {folder} does not support locks: make sure that no other daemon uses this folder, "
                + "or choose a local one with --data.");
        }

        var result = new DataFolderLock(folder, held);
        result.WriteHolder(new DataFolderHolder(kind, name, Environment.ProcessId, Environment.MachineName, time.GetLocalNow()));
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TryWrite(() => File.Delete(_holderFile));
        _lock.Dispose();
    }

    /// <summary>Opens the lock file exclusively; returns null when another process holds it.</summary>
    private static FileStream? TryOpen(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException ex) when (AlreadyLocked.Contains(ex.HResult))
        {
            return null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            var reason = ex.Message.TrimEnd('.');
            throw new IOException(
                $"The data folder {folder} can't be written to ({reason}); choose another with --data, or make it writable.", ex);
        }
    }

    private static DataFolderHolder? ReadHolder(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<DataFolderHolder>(File.ReadAllText(Path.Combine(folder, HolderName)));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // the lock is decisive; its holder's name is only informational
        }
    }

    private void WriteHolder(DataFolderHolder holder) => TryWrite(() => File.WriteAllText(_holderFile, JsonSerializer.Serialize(holder)));

    private static void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // A full disk must prevent neither start nor stop: the holder's name is only informational.
        }
    }
}

/// <summary>The daemon that holds a data folder.</summary>
/// <param name="Kind">Coordinator or worker.</param>
/// <param name="Name">The daemon's display name.</param>
/// <param name="Machine">Name of the daemon's machine.</param>
/// <param name="Since">The daemon's start time.</param>
public sealed record DataFolderHolder(string Kind, string Name, int ProcessId, string Machine, DateTimeOffset Since)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"the {Kind} '{Name}' (process {ProcessId} on {Machine}, since {Since:yyyy-MM-dd HH:mm:ss})");
}

/// <summary>Thrown when another daemon uses the data folder; the message names the daemon.</summary>
public sealed class DataFolderInUseException(string folder, DataFolderHolder? holder)
    : IOException($"The data folder {folder} is in use by {holder?.ToString() ?? "another daemon"}: stop it, or choose another "
        + "folder with --data."), IBadInput;
