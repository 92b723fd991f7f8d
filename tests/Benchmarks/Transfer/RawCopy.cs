using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>Sends files over TCP to <see cref="TcpReceiver"/>: the reference for transfers to the coordinator.</summary>
internal sealed class RawCopy : IDisposable
{
    private readonly Process _receiver;
    private readonly IPEndPoint _address;

    private RawCopy(Process receiver, IPEndPoint address) => (_receiver, _address) = (receiver, address);

    /// <summary>Starts the receiver.</summary>
    /// <param name="folder">Folder for received files.</param>
    public static async Task<RawCopy> StartAsync(string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(RawCopy).Assembly.Location);
        start.ArgumentList.Add(TcpReceiver.Verb);
        start.ArgumentList.Add(folder);
        var receiver = Process.Start(start)!;
        var port = await receiver.StandardOutput.ReadLineAsync() ?? throw new IOException("The receiver ended without printing its port.");
        return new RawCopy(receiver, new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
    }

    /// <summary>Sends a file and waits until it has been received.</summary>
    /// <param name="toFile">True to write it to a file at the other end, false to discard it.</param>
    public async Task SendAsync(Tile tile, bool toFile)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_address);
        await using var stream = new NetworkStream(socket);
        var header = new byte[TcpReceiver.HeaderBytes];
        BinaryPrimitives.WriteInt64LittleEndian(header, tile.Blob.Length);
        header[^1] = toFile ? (byte)1 : (byte)0;
        await stream.WriteAsync(header);
        await using (var file = new FileStream(tile.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
            await file.CopyToAsync(stream, TcpReceiver.BufferBytes);
        await stream.ReadExactlyAsync(new byte[1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _receiver.StandardInput.Close();
        _receiver.WaitForExit();
        _receiver.Dispose();
    }
}
