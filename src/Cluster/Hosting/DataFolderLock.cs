using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cluster.Hosting;

/// <summary>
/// Exclusive use of a data folder by one daemon, of whichever kind. It is an operating-system lock on an open file: it
/// ends with the process, however that ends, and a copy of the folder does not have it.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string LockName = "lock";

    /// <summary>A file of its own: .NET refuses to read one that another process has locked.</summary>
    private const string HolderName = "lock-holder";

    /// <summary>EAGAIN of Linux and of macOS, and ERROR_SHARING_VIOLATION of Windows.</summary>
    private static readonly int[] AlreadyLocked = [11, 35, unchecked((int)0x80070020)];

    private readonly string _holderFile;
    private readonly FileStream _lock;

    private DataFolderLock(string folder, FileStream held) => (_holderFile, _lock) = (Path.Combine(folder, HolderName), held);

    /// <summary>Locks a folder.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="kind">What locks it, as <c>worker</c>.</param>
    /// <param name="name">Its name for people.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DataFolderInUseException">Another daemon holds it.</exception>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static DataFolderLock Acquire(string folder, string kind, string name, TimeProvider time)
    {
        var held = TryOpen(folder) ?? throw new DataFolderInUseException(folder, ReadHolder(folder));
        if (TryOpen(folder) is { } second)
        {
            second.Dispose();
            Console.Error.WriteLine($"The file system of {folder} has no locks: make sure that no other daemon uses this folder, or choose "
                + "a local one with --data.");
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

    /// <summary>The lock file opened exclusively; null when another process has it.</summary>
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
                $"The data folder {folder} can't be written ({reason}); choose another with --data, or make it writable.", ex);
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
            return null; // the lock counts; its holder's name is a courtesy
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
            // A full disk is no reason not to run, or not to stop: the holder's name is a courtesy.
        }
    }
}

/// <summary>The daemon that holds a data folder.</summary>
/// <param name="Kind">Coordinator or worker.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Machine">Where it runs.</param>
/// <param name="Since">When it started.</param>
public sealed record DataFolderHolder(string Kind, string Name, int ProcessId, string Machine, DateTimeOffset Since)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"the {Kind} '{Name}' (process {ProcessId} on {Machine}, since {Since:yyyy-MM-dd HH:mm:ss})");
}

/// <summary>Another daemon uses the data folder; the message names it.</summary>
public sealed class DataFolderInUseException(string folder, DataFolderHolder? holder)
    : IOException($"The data folder {folder} is in use by {holder?.ToString() ?? "another daemon"}: stop that one, or choose another "
        + "folder with --data."), IBadInput;
