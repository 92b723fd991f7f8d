using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Tests.Farm;

/// <summary>A coordinator's HTTP API with scripted answers.</summary>
internal sealed class FakeCoordinator : HttpMessageHandler
{
    private readonly Queue<BatchView> _views = new();
    private readonly Dictionary<string, byte[]> _blobs = [];

    /// <summary>Submissions in order of arrival; a client token may occur twice.</summary>
    public List<SubmitBatch> Submissions { get; } = [];

    /// <summary>Digests of the uploaded blobs.</summary>
    public List<string> Uploads { get; } = [];

    /// <summary>Number of upcoming submissions that are accepted, but lose their response.</summary>
    public int AnswersToLose { get; set; }

    /// <summary>Number of upcoming submissions that are accepted, but answered with 503.</summary>
    public int SubmissionsWhileBusy { get; set; }

    /// <summary>Number of upcoming view requests that fail to connect.</summary>
    public int ViewsOutOfReach { get; set; }

    /// <summary>Number of upcoming view requests that are answered with 503.</summary>
    public int ViewsWhileBusy { get; set; }

    /// <summary>Number of upcoming blob downloads that arrive damaged.</summary>
    public int BlobsToDamage { get; set; }

    public FarmClient Client => new(new HttpClient(this, disposeHandler: false), new Uri("http://coordinator.test"));

    /// <summary>Adds the views to return in turn; the last one is repeated.</summary>
    public FakeCoordinator WithViews(params BatchView[] views)
    {
        foreach (var view in views)
            _views.Enqueue(view);
        return this;
    }

    public BlobRef Store(byte[] content)
    {
        var blob = new BlobRef(Convert.ToHexStringLower(SHA256.HashData(content)), content.Length);
        _blobs[blob.Digest] = content;
        return blob;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = request.RequestUri!.AbsolutePath;
        if (path.StartsWith("/blobs/", StringComparison.Ordinal))
            return await BlobAsync(request, path["/blobs/".Length..], cancellationToken);
        if (request.Method == HttpMethod.Post)
        {
            Submissions.Add((await request.Content!.ReadFromJsonAsync<SubmitBatch>(FarmJson.Options, cancellationToken))!);
            if (AnswersToLose-- > 0)
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
            return SubmissionsWhileBusy-- > 0 ? Busy() : Json(new BatchCreated("b1"));
        }

        if (ViewsOutOfReach-- > 0)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        if (ViewsWhileBusy-- > 0)
            return Busy();
        return Json(_views.Count > 1 ? _views.Dequeue() : _views.Peek());
    }

    private async Task<HttpResponseMessage> BlobAsync(HttpRequestMessage request, string digest, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Put)
        {
            Uploads.Add(digest);
            Assert.Equal(digest, Store(await request.Content!.ReadAsByteArrayAsync(cancellationToken)).Digest);
            return new HttpResponseMessage(HttpStatusCode.Created);
        }

        if (!_blobs.TryGetValue(digest, out var content))
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        return new HttpResponseMessage(
            HttpStatusCode.OK)
        {
            Content =
                new ByteArrayContent(request.Method == HttpMethod.Get && BlobsToDamage-- > 0 ? content[..^1] : content)
        };
    }

    private static HttpResponseMessage Busy() =>
        new(HttpStatusCode.ServiceUnavailable)
        {
            Content = JsonContent.Create(
            new ApiProblem("The farm is busy.", 503), options: FarmJson.Options)
        };

    private static HttpResponseMessage Json<T>(T value) =>
        new(HttpStatusCode.OK) { Content = JsonContent.Create(value, options: FarmJson.Options) };
}
