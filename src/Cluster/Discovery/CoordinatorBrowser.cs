using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace MlxVideo.Cluster.Discovery;

/// <summary>Looks for coordinators in the local network.</summary>
public static class CoordinatorBrowser
{
    /// <summary>Limits what strangers can make this process read; a coordinator's records have about 300 characters.</summary>
    private const int MaxOutput = 256 * 1024;

    /// <summary>Listens to the network for some time.</summary>
    /// <param name="window">The time; answers take less than a second, but may get lost in a wireless network.</param>
    /// <returns>The coordinators that were found, each once.</returns>
    /// <exception cref="IOException">The program does not work; the message contains its own.</exception>
    public static async Task<IReadOnlyList<FarmAdvertisement>> BrowseAsync(
        MdnsProgram program, TimeSpan window, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = program.BrowseCommand;
        using var process = Start(command);
        var output = ReadAsync(process.StandardOutput);
        var error = ReadAsync(process.StandardError);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (await Task.WhenAny(output, Task.Delay(window, time, waiting.Token)) == output)
            {
                // It never ends on its own unless something is wrong, or there was too much to read.
                var text = await output;
                if (text.Length < MaxOutput)
                    throw new IOException($"{Path.GetFileName(command[0])}: {(await error).Trim()}");
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            await waiting.CancelAsync();
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return program.Read(await output).DistinctBy(farm => (farm.Cluster, farm.Farm)).ToList();
    }

    private static Process Start(IReadOnlyList<string> command)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception ex)
        {
            throw new IOException($"{command[0]} can't be started: {ex.Message}", ex);
        }
    }

    /// <summary>Reads to the end, or to the limit.</summary>
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (text.Length < MaxOutput && await reader.ReadAsync(buffer) is var count and > 0)
            text.Append(buffer, 0, count);
        return text.ToString();
    }
}
