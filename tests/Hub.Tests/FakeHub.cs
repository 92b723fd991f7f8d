using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlxVideo.Cli.Tests;
using MlxVideo.Hub.Api;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Downloads;
using MlxVideo.Hub.Repositories;
using MlxVideo.Hub.Selection;

namespace MlxVideo.Hub.Tests;

/// <summary>
/// A hub on Kestrel with one repository, <c>org/model</c>. As the real one, it redirects large files to another host, here the same server
/// under another name.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Token = "hf_secret";

    private const int LargeFile = 1000;
    private const string Content = "/content/";

    private static readonly DownloadSettings Fast = new(
        Parallel: 2, Attempts: 3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), StallTime: TimeSpan.FromSeconds(20));

    private readonly WebApplication _app;
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = HubClient.NewHttpClient();

    private FakeHub()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>The repository's files by path.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Requests in order: path, range and whether they carried the token.</summary>
    public ConcurrentQueue<(string Path, string? Range, bool HasToken)> Requests { get; } = [];

    /// <summary>Answers a request instead of the hub; returns false to leave it to the hub.</summary>
    public Func<HttpContext, Task<bool>> Fault { get; set; } = _ => Task.FromResult(false);

    public DownloadSettings Settings { get; set; } = Fast;

    public HubCache Cache => new(_folder["hub"]);

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The requests for contents of large files.</summary>
    public IEnumerable<(string Path, string? Range, bool HasToken)> Transfers =>
        Requests.Where(request => request.Path.StartsWith(Content, StringComparison.Ordinal));

    public static async Task<FakeHub> StartAsync(params (string Path, int Size)[] files)
    {
        var hub = new FakeHub();
        foreach (var (path, size) in files)
            hub.Files[path] = Bytes(path, size);
        await hub._app.StartAsync();
        return hub;
    }

    /// <summary>Returns reproducible content.</summary>
    public static byte[] Bytes(string seed, int size)
    {
        var bytes = new byte[size];
        new Random(seed.Length + size).NextBytes(bytes);
        return bytes;
    }

    public Downloader NewDownloader(string? token = Token) =>
        new(new HubClient(_http, new HubEnvironment(Address, token, Cache.Folder)), Cache, Settings, TimeProvider.System);

    /// <summary>Plans and runs a download of all files; returns the snapshot.</summary>
    public async Task<string> DownloadAsync(Action<DownloadProgress>? progress = null, string? token = Token)
    {
        var downloader = NewDownloader(token);
        return await downloader.RunAsync(await PlanAsync(downloader), progress, CancellationToken.None);
    }

    public static Task<DownloadPlan> PlanAsync(Downloader downloader) => downloader.PlanAsync(
        RepositoryReference.Parse("org/model"), new SelectionOptions(Include: ["*"]), notice: null, CancellationToken.None);

    /// <summary>Answers the first transfer with half of the content, then with what <paramref name="end"/> does.</summary>
    public void FaultFirstTransfer(Func<HttpContext, byte[], Task> end)
    {
        var pending = 1;
        Fault = async context =>
        {
            if (!IsTransfer(context) || Interlocked.Exchange(ref pending, 0) == 0)
                return false;
            await end(context, ContentOf(context));
            return true;
        };
    }

    public static bool IsTransfer(HttpContext context) => context.Request.Path.StartsWithSegments("/content");

    public byte[] ContentOf(HttpContext context) =>
        Files.Values.Single(content => context.Request.Path.Value!.EndsWith(Sha256(content), StringComparison.Ordinal));

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var token = context.Request.Headers.Authorization.ToString();
        Requests.Enqueue((path, context.Request.Headers.Range.FirstOrDefault(), token == $"Bearer {Token}"));
        if (await Fault(context))
            return;
        IResult answer;
        if (path == "/api/models/org/model/revision/main")
            answer = Results.Json(new { sha = Commit, cardData = new { license = "other", license_name = "some-licence" } });
        else if (path == $"/api/models/org/model/tree/{Commit}")
            answer = ListOf(context);
        else if (path.StartsWith($"/org/model/resolve/{Commit}/", StringComparison.Ordinal))
            answer = Resolve(context, path[$"/org/model/resolve/{Commit}/".Length..]);
        else
            answer = path.StartsWith(Content, StringComparison.Ordinal)
                ? Results.Bytes(ContentOf(context), enableRangeProcessing: true)
                : Results.NotFound();
        await answer.ExecuteAsync(context);
    }

    /// <summary>Lists one file on each page.</summary>
    private IResult ListOf(HttpContext context)
    {
        var index = int.TryParse(context.Request.Query["cursor"], out var cursor) ? cursor : 0;
        if (index + 1 < Files.Count)
            context.Response.Headers.Link = $"<{Address}{context.Request.Path}?cursor={index + 1}>; rel=\"next\"";
        var (path, content) = Files.OrderBy(file => file.Key, StringComparer.Ordinal).ElementAt(index);
        var lfs = content.Length >= LargeFile ? new { oid = Sha256(content), size = content.Length, pointerSize = 134 } : null;
        return Results.Json(new object[]
        {
            new { type = "directory", oid = Commit, size = 0, path = "folder" },
            new { type = "file", oid = GitHash(content), size = content.Length, path, lfs },
        });
    }

    private IResult Resolve(HttpContext context, string path)
    {
        if (!Files.TryGetValue(path, out var content))
            return Results.NotFound();
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (content.Length < LargeFile)
        {
            context.Response.Headers.ETag = $"\"{GitHash(content)}\"";
            return Results.Bytes(content);
        }

        context.Response.Headers["X-Linked-ETag"] = $"\"{Sha256(content)}\"";
        context.Response.Headers["X-Linked-Size"] = $"{content.Length}";
        return Results.Redirect($"{Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}{Content}{Sha256(content)}");
    }

    private static string GitHash(byte[] content) =>
#pragma warning disable CA5350 // git's own hash
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
}
