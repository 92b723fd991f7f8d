using System.Diagnostics.Metrics;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>Counts the bytes of blobs that are uploaded to and downloaded from the coordinator, including interrupted transfers.</summary>
public sealed class BlobTraffic
{
    private static readonly KeyValuePair<string, object?> Receive = MetricTags.Of(MetricTags.Direction, "receive");
    private static readonly KeyValuePair<string, object?> Transmit = MetricTags.Of(MetricTags.Direction, "transmit");

    private readonly Counter<long> _bytes;

    public BlobTraffic(IMeterFactory meters) => _bytes = meters.Create(FarmMetrics.MeterName).CreateCounter<long>(
        "mlxvideo.blob.io", "By", "Bytes of blobs received from and sent to workers and clients.");

    /// <summary>Counts an upload.</summary>
    /// <param name="body">The request's body.</param>
    /// <returns>A stream with the same content.</returns>
    public Stream Received(Stream body) => new CountedStream(body, read: count => _bytes.Add(count, Receive), written: null);

    /// <summary>Counts what is sent as a response's body until the result is disposed of.</summary>
    public IDisposable Sending(HttpResponse response) => new Counting(response, count => _bytes.Add(count, Transmit));

    private sealed class Counting : IDisposable
    {
        private readonly HttpResponse _response;
        private readonly Stream _body;

        public Counting(HttpResponse response, Action<int> sent)
        {
            (_response, _body) = (response, response.Body);
            response.Body = new CountedStream(_body, read: null, sent);
        }

        public void Dispose() => _response.Body = _body;
    }
}
