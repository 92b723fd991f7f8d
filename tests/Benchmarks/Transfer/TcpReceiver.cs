using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>
/// The child process that receives raw TCP copies, as the coordinator receives blobs in a process of its own. A connection carries the
/// length, whether to write a file, and the bytes; the response is one byte.
/// </summary>
internal static class TcpReceiver
{
    /// <summary>The first argument of the child process.</summary>
    public const string Verb = "transfer-receiver";

    /// <summary>Bytes before the content: the length, and 1 to write a file.</summary>
    public const int HeaderBytes = 9;

    /// <summary>Size of the buffers of sender and receiver.</summary>
    public const int BufferBytes = 1 << 20;

    /// <summary>Prints the port and receives until standard input is closed.</summary>
    /// <param name="folder">Folder for received files, which are deleted after the response.</param>
    public static async Task RunAsync(string folder)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        var ended = Task.Run(Console.In.ReadToEnd); // the console's asynchronous methods block
        while (true)
        {
            var accepting = listener.AcceptSocketAsync();
            if (await Task.WhenAny(accepting, ended) == ended)
                return;
            _ = Task.Run(async () => await ReceiveAsync(await accepting, folder));
        }
    }

    private static async Task ReceiveAsync(Socket socket, string folder)
    {
        using (socket)
        {
            var header = new byte[HeaderBytes];
            await using var stream = new NetworkStream(socket);
            await stream.ReadExactlyAsync(header);
            var path = header[^1] == 1 ? Path.Combine(folder, Guid.NewGuid().ToString("N")) : null;
            await using (
                var target = path is null ? Stream.Null : new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
                await CopyAsync(stream, target, BinaryPrimitives.ReadInt64LittleEndian(header));
            await stream.WriteAsync(new byte[1]);
            if (path is not null)
                File.Delete(path);
        }
    }

    private static async Task CopyAsync(Stream source, Stream target, long length)
    {
        var buffer = new byte[BufferBytes];
        while (length > 0)
        {
            var read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)));
            if (read == 0)
                throw new EndOfStreamException($"The connection ended {length} bytes early.");
            await target.WriteAsync(buffer.AsMemory(0, read));
            length -= read;
        }
    }
}
