using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using MlxVideo.Hub.Repositories;

namespace MlxVideo.Hub.Api;

/// <summary>
/// Requests to the hub's HTTP API. The token is sent to the hub only, never to the servers to which it redirects downloads.
/// </summary>
/// <param name="http">Must not follow redirects itself (<see cref="NewHttpClient"/>).</param>
public sealed partial class HubClient(HttpClient http, HubEnvironment environment)
{
    private const int MaxRedirects = 10;
    private const int MaxPages = 1000;

    /// <summary>The hub's address, for links to pages.</summary>
    public string Endpoint => environment.Endpoint;

    /// <summary>Creates an HTTP client for a <see cref="HubClient"/>; the caller disposes it.</summary>
    public static HttpClient NewHttpClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(20) })
        {
            Timeout = Timeout.InfiniteTimeSpan, // downloads take hours; reads have their own time limit
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("mlx-video");
        return client;
    }

    /// <summary>Returns a repository's commit, licence and files.</summary>
    /// <exception cref="HubException">The hub refuses access, or has no such repository or revision.</exception>
    /// <exception cref="HubBusyException">The hub asks to come back later.</exception>
    /// <exception cref="HttpRequestException">The hub can't be reached, or its answer is broken.</exception>
    public async Task<HubModel> DescribeAsync(RepositoryReference reference, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(reference, cancellationToken);
        }
        catch (Exception ex) when (ex is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new HttpRequestException($"The hub's answer about {reference.Repository} has an unexpected form ({ex.Message})", ex);
        }
    }

    private async Task<HubModel> ReadAsync(RepositoryReference reference, CancellationToken cancellationToken)
    {
        var model = $"{Endpoint}/api/models/{reference.Repository}";
        using var info = await JsonAsync($"{model}/revision/{Uri.EscapeDataString(reference.Revision)}");
        var commit = info.Json.RootElement.GetProperty("sha").GetString() ?? "";
        if (!HashPattern().IsMatch(commit))
            throw Unexpected($"the commit '{commit}'");
        var files = new List<HubFile>();
        string? page = $"{model}/tree/{commit}?recursive=true";
        for (var pages = 0; page is not null; pages++)
        {
            if (pages == MaxPages)
                throw Unexpected("an endless list of files");
            using var listing = await JsonAsync(page);
            files.AddRange(listing.Json.RootElement.EnumerateArray().Where(entry => entry.GetProperty("type").GetString() == "file")
                .Select(FileOf));
            page = listing.NextPage;
        }

        return new HubModel(
            reference, commit, LicenceOf(info.Json.RootElement), files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList());

        async Task<Answer> JsonAsync(string address)
        {
            using var response = await SendAsync(new Uri(address), reference.Repository, from: 0, cancellationToken);
            try
            {
                var json = await JsonDocument.ParseAsync(
                    await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                return new Answer(json, NextPageOf(response));
            }
            catch (JsonException ex)
            {
                throw new HttpRequestException($"{address} did not answer with JSON ({ex.Message})", ex);
            }
        }
    }

    /// <summary>Requests a file's content from a byte on. The caller disposes the response.</summary>
    /// <returns>A response with status 200 (the whole file) or 206 (from the byte on).</returns>
    /// <exception cref="HubException">The hub refuses access, or the file has changed since the plan was made.</exception>
    /// <exception cref="HubBusyException">The hub asks to come back later.</exception>
    /// <exception cref="HttpRequestException">The hub can't be reached.</exception>
    public Task<HttpResponseMessage> OpenAsync(HubModel model, HubFile file, long from, CancellationToken cancellationToken)
    {
        var path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
        return SendAsync(
            new Uri($"{Endpoint}/{model.Reference.Repository}/resolve/{model.Commit}/{path}"), model.Reference.Repository, from,
            cancellationToken, response => RequireUnchanged(response, model, file));
    }

    /// <summary>The web page of a repository.</summary>
    public string PageOf(RepositoryId repository) => $"{Endpoint}/{repository}";

    /// <param name="check">Examines each answer of the hub itself, redirects included.</param>
    private async Task<HttpResponseMessage> SendAsync(
        Uri address, RepositoryId repository, long from, CancellationToken cancellationToken, Action<HttpResponseMessage>? check = null)
    {
        var hub = new Uri(Endpoint);
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            var isHub = address.Scheme == hub.Scheme && address.Authority == hub.Authority;
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (isHub && environment.Token is { } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            try
            {
                if (isHub && (int)response.StatusCode < 400)
                    check?.Invoke(response);
                if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                    return response;
                if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location)
                    throw HubErrors.Of(response, environment, repository);
                address = new Uri(address, location);
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }

        throw new HttpRequestException($"{address} redirects without an end.");
    }

    /// <summary>
    /// Compares what the hub says about a file with the plan. The plan names a commit, whose files can't change on the hub itself; mirrors
    /// and proxies may deliver others.
    /// </summary>
    private static void RequireUnchanged(HttpResponseMessage response, HubModel model, HubFile file)
    {
        var hash = (Header(response, "X-Linked-ETag") ?? Header(response, "ETag"))?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
        var size = Header(response, "X-Linked-Size");
        var commit = Header(response, "X-Repo-Commit");
        if ((commit is not null && commit != model.Commit)
            || (hash is not null && HashPattern().IsMatch(hash) && hash != file.Hash)
            || (long.TryParse(size, out var bytes) && bytes != file.Size))
        {
            throw new HubException(
                $"{file.Path} of {model.Reference.Repository} has changed on the hub since the download was planned; run the command "
                    + "again.");
        }
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static HubFile FileOf(JsonElement entry)
    {
        var path = entry.GetProperty("path").GetString() ?? "";
        var isLarge = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        var source = isLarge ? lfs : entry;
        var hash = source.GetProperty("oid").GetString() ?? "";
        if (!HashPattern().IsMatch(hash) || path.Split('/').Any(part => part is "" or "." or "..") || path.Contains('\\'))
            throw Unexpected($"the file '{path}' with the hash '{hash}'");
        return new HubFile(path, source.GetProperty("size").GetInt64(), hash);
    }

    private static string? LicenceOf(JsonElement info)
    {
        if (!info.TryGetProperty("cardData", out var card) || card.ValueKind != JsonValueKind.Object)
            return null;
        return new[] { "license_name", "license" }
            .Select(name => card.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null)
            .FirstOrDefault(value => value is not null);
    }

    private static string? NextPageOf(HttpResponseMessage response) =>
        Header(response, "Link") is { } link && NextPattern().Match(link) is { Success: true } next ? next.Groups[1].Value : null;

    private static HttpRequestException Unexpected(string what) => new($"The hub's answer contains {what}, which is not valid.");

    [GeneratedRegex(@"\A([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex HashPattern();

    [GeneratedRegex("<([^>]+)>;\\s*rel=\"next\"")]
    private static partial Regex NextPattern();

    private sealed record Answer(JsonDocument Json, string? NextPage) : IDisposable
    {
        public void Dispose() => Json.Dispose();
    }
}
