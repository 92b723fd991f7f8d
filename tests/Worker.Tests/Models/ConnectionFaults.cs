using System.Collections.Concurrent;
using System.Net;

namespace MlxVideo.Worker.Tests.Models;

/// <summary>Breaks or falsifies the bodies of responses to requests for a model's files, and records the requests.</summary>
internal sealed class ConnectionFaults
{
    private const string Files = "/files/";

    private readonly ConcurrentQueue<FileRequest> _requests = [];
    private int _count;

    /// <summary>Called with the number of a response's body, from 1, and its length; returns the fault.</summary>
    public Func<int, long, BodyFault?> Choose { get; set; } = (_, _) => null;

    /// <summary>Called with each piece of a body before it is delivered.</summary>
    public Action<int> Received { get; set; } = _ => { };

    public IReadOnlyList<FileRequest> Requests => [.. _requests];

    /// <summary>Bytes of all delivered bodies.</summary>
    public long ReceivedBytes;

    public HttpMessageHandler NewHandler() => new Handler(this) { InnerHandler = new SocketsHttpHandler() };

    private sealed class Handler(ConnectionFaults faults) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!request.RequestUri!.AbsolutePath.Contains(Files, StringComparison.Ordinal) || !response.IsSuccessStatusCode)
                return response;
            faults._requests.Enqueue(new FileRequest(
                request.RequestUri, request.Headers.Range?.Ranges.Single().From ?? 0, response.StatusCode));
            var fault = faults.Choose(Interlocked.Increment(ref faults._count), response.Content.Headers.ContentLength ?? 0);
            var content = new StreamContent(new Body(await response.Content.ReadAsStreamAsync(cancellationToken), faults, fault));
            foreach (var header in response.Content.Headers)
                content.Headers.TryAddWithoutValidation(header.Key, header.Value);
            response.Content = content;
            return response;
        }
    }

    private sealed class Body(Stream inner, ConnectionFaults faults, BodyFault? fault) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (fault is { IsLie: false } && _position >= fault.Position)
                throw new IOException("the connection was reset");
            var limit = fault is null || fault.Position <= _position
                ? buffer.Length
                : (int)Math.Min(buffer.Length, fault.Position - _position);
            var count = await inner.ReadAsync(buffer[..limit], cancellationToken);
            if (count > 0 && fault is { IsLie: true } && _position == fault.Position)
                buffer.Span[0] ^= 1;
            _position += count;
            Interlocked.Add(ref faults.ReceivedBytes, count);
            faults.Received(count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A fault in a response's body.</summary>
/// <param name="Position">Position at which it occurs.</param>
/// <param name="IsLie">True for a wrong byte; false for the end of the connection.</param>
internal sealed record BodyFault(long Position, bool IsLie);

/// <summary>An answered request for a file.</summary>
/// <param name="From">The first requested byte.</param>
internal sealed record FileRequest(Uri Address, long From, HttpStatusCode Status);
