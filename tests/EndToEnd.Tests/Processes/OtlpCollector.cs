using System.Net;
using System.Net.Sockets;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>An OpenTelemetry collector that accepts everything over HTTP and keeps it.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, MemoryStream> _received = new(StringComparer.Ordinal);

    private OtlpCollector(int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        _listener.Prefixes.Add($"{Address}");
    }

    /// <summary>The value of OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public Uri Address { get; }

    public static OtlpCollector Start()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var collector = new OtlpCollector(port);
        collector._listener.Start();
        _ = collector.ServeAsync();
        return collector;
    }

    /// <summary>Returns the bodies that were posted to a path.</summary>
    public byte[] Received(string path)
    {
        lock (_received)
            return _received.TryGetValue(path, out var bodies) ? bodies.ToArray() : [];
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                lock (_received)
                {
                    var path = context.Request.Url!.AbsolutePath;
                    if (!_received.TryGetValue(path, out var bodies))
                        _received.Add(path, bodies = new MemoryStream());
                    bodies.Write(body.ToArray());
                }

                context.Response.Close();
            }
        }
        catch (Exception ex) when (ex is HttpListenerException or ObjectDisposedException)
        {
            // The collector was stopped.
        }
    }
}
