using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Tests.Security;

/// <summary>Who may use which endpoint, and what happens to everybody else.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private static readonly string Blob = $"/blobs/{new string('a', 64)}";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private SecureFarm _farm = null!;

    public async Task InitializeAsync() => _farm = await SecureFarm.StartAsync();

    public async Task DisposeAsync() => await _farm.DisposeAsync();

    [Fact]
    public async Task Api_is_for_operators_and_blobs_are_for_workers_too()
    {
        var worker = await _farm.EnrolAsync("w1");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_farm.OperatorClient(), "/api/v1/farm"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_farm.OperatorClient(), Blob));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_farm.Client(worker), Blob));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(worker), "/api/v1/farm"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(worker), "/elsewhere"));
    }

    [Fact]
    public async Task Models_are_for_workers_and_operators()
    {
        var worker = await _farm.EnrolAsync("w1");
        var models = await new ModelClient(_farm.Client(worker)).ListAsync(_farm.Address, CancellationToken.None);
        Assert.Equal(["tiny"], Assert.Single(models.Models).Names);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_farm.OperatorClient(), ModelClient.Path));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(_farm.Client(SecureFarm.Stranger()), ModelClient.Path));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(worker), $"{ModelClient.Path}/elsewhere"));
    }

    [Theory]
    [InlineData("/api/v1/farm")]
    [InlineData("/api/v1/batches")]
    [InlineData("/api/v1/openapi.json")]
    [InlineData("/API/batches")]
    [InlineData("//api/v1/batches")]
    [InlineData("/join/../api/v1/batches")]
    [InlineData("/join%2F..%2Fapi/batches")]
    [InlineData("/blobs/../api/v1/batches")]
    [InlineData("/offload/b/1/s/1/1/tokens?after=-1")]
    [InlineData("/certificate")]
    [InlineData("/models")]
    [InlineData("/metrics")]
    [InlineData("/METRICS/")]
    [InlineData("/healthz")]
    [InlineData("/healthz/live/../../api/batches")]
    [InlineData("/healthz/ready/api/batches")]
    [InlineData("/")]
    [InlineData("/elsewhere")]
    public async Task Nothing_but_joining_is_possible_without_token_and_certificate(string path)
    {
        var response = await RawAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 (401|404) ", response);
        Assert.DoesNotContain("\"batches\"", response);
    }

    [Fact]
    public async Task Health_is_for_everyone_and_metrics_are_for_operators()
    {
        foreach (var path in new[] { "/healthz/live", "/healthz/ready" })
            Assert.Equal("""{"status":"ok"}""", await _farm.Client().GetStringAsync(new Uri(path, UriKind.Relative)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(), "/metrics"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(await _farm.EnrolAsync("w1")), "/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_farm.OperatorClient(), "/metrics"));
    }

    [Fact]
    public async Task Public_metrics_are_for_everyone_and_open_nothing_else()
    {
        await using var farm = await SecureFarm.StartAsync(publicMetrics: true);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(farm.Client(), "/metrics"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(farm.Client(), "/metrics/more"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(farm.Client(), "/api/v1/farm"));
    }

    [Fact]
    public async Task Wrong_tokens_are_refused_and_then_limited()
    {
        var other = FarmToken.ForOperator(_farm.OperatorToken.Authority).ToString();
        foreach (var wrong in new[] { other, "x", "", _farm.NewToken().ToString(), new string('x', 8000) })
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_farm.Client(bearer: wrong), "/api/v1/farm"));
        var client = _farm.Client(bearer: other);
        var statuses = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < 40; attempt++)
            statuses.Add(await StatusAsync(client, "/api/v1/farm"));
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_farm.OperatorClient(), "/api/v1/farm"));
        Assert.InRange(_farm.Log.Refusals.Count, 1, 3); // one for each status
    }

    [Fact]
    public async Task Certificates_of_other_farms_are_refused()
    {
        var client = _farm.Client(SecureFarm.Stranger());
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, Blob));
        Assert.Contains("not one of this farm", Assert.Single(_farm.Log.Refusals));
    }

    [Fact]
    public async Task Client_refuses_a_server_with_the_certificate_of_a_worker_or_of_another_farm()
    {
        var worker = await _farm.EnrolAsync("w1");
        foreach (var impostor in new[] { worker, SecureFarm.Stranger(FarmRole.Coordinator) })
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var serving = ServeOnceAsync(listener, impostor);
            var ex = await Assert.ThrowsAsync<HttpRequestException>(
                () => _farm.Client().GetAsync(new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/")));
            Assert.IsType<AuthenticationException>(ex.InnerException);
            await serving;
        }
    }

    [Fact]
    public async Task Plain_text_on_the_tls_port_is_refused_and_logged_once()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, _farm.Address.Port);
            await socket.GetStream().WriteAsync("GET /api/v1/farm HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8.ToArray());
            var answer = await ReadToEndAsync(socket.GetStream());
            Assert.DoesNotContain("HTTP", answer);
        }

        await AssertServesAsync();
        Assert.Contains("no TLS handshake", Assert.Single(_farm.Log.Refusals));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Current_tls_versions_are_negotiated(SslProtocols version)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _farm.Address.Port);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { EnabledSslProtocols = version });
        Assert.Equal(version, tls.SslProtocol);
    }

    [Fact]
    public async Task Thousand_malformed_requests_are_refused_and_the_farm_goes_on()
    {
        var random = new Random(1);
        for (var number = 0; number < 1000; number++)
        {
            var answer = await RawAsync(Malformed(number, random), shutdown: true);
            Assert.Matches("^($|HTTP/1.1 (4..|505) )", answer);
        }

        await AssertServesAsync();
        Assert.InRange(_farm.Log.Refusals.Count, 0, 10);
    }

    [Fact]
    public async Task Headers_over_the_limits_are_refused()
    {
        const string start = "GET /api/v1/farm HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        Assert.StartsWith("HTTP/1.1 431", await RawAsync($"{start}X: {new string('x', 20_000)}\r\n\r\n"), StringComparison.Ordinal);
        var many = string.Concat(Enumerable.Range(0, 200).Select(number => $"X{number}: 1\r\n"));
        Assert.StartsWith("HTTP/1.1 431", await RawAsync($"{start}{many}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 414", await RawAsync($"GET /{new string('x', 10_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_and_oversized_bodies_are_refused()
    {
        const string common = "Host: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n";
        var batch = $"POST /api/v1/batches HTTP/1.1\r\n{common}Authorization: Bearer {_farm.OperatorToken}\r\n";
        Assert.StartsWith("HTTP/1.1 415", await RawAsync(
            $"{batch}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 413", await RawAsync(
            $"{batch}Content-Length: 99999999999\r\n\r\nx"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 413", await RawAsync(
            $"POST /join HTTP/1.1\r\n{common}Content-Length: 99999\r\n\r\nx"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_of_other_sites_can_not_reach_a_farm_on_loopback()
    {
        await using var plain = await ApiUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await PlainAsync(plain, host: null, origin: null));
        Assert.Equal(HttpStatusCode.OK, await PlainAsync(plain, "localhost:8080", origin: null));
        Assert.Equal(HttpStatusCode.OK, await PlainAsync(plain, "[::1]:8080", "http://[::1]:8080"));
        Assert.Equal(HttpStatusCode.Forbidden, await PlainAsync(plain, "evil.example", origin: null));
        Assert.Equal(HttpStatusCode.Forbidden, await PlainAsync(plain, "127.0.0.1.evil.example", origin: null));
        Assert.Equal(HttpStatusCode.Forbidden, await PlainAsync(plain, host: null, "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await PlainAsync(plain, host: null, "null"));
    }

    private static async Task<HttpStatusCode> PlainAsync(ApiUnderTest api, string? host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/farm");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var response = await api.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    private static async Task ServeOnceAsync(TcpListener listener, FarmIdentity identity)
    {
        using var socket = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(socket.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = identity.Certificate });
            Assert.Equal(0, await tls.ReadAsync(new byte[1])); // no request arrives
        }
        catch (Exception ex) when (ex is AuthenticationException or IOException)
        {
            // The client ended the handshake.
        }
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var content = new MemoryStream();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await stream.CopyToAsync(content, patience.Token);
        }
        catch (IOException)
        {
            // Reset by the server.
        }

        return Encoding.Latin1.GetString(content.ToArray());
    }

    private static byte[] Malformed(int number, Random random)
    {
        var junk = new byte[random.Next(1, 200)];
        random.NextBytes(junk);
        string[] starts =
        [
            "", "GET ", "GET / HTTP/9.9\r\n\r\n", "POST /join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
            "POST /join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            "GET /blobs/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /api/v1/farm HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \u00ff\r\n\r\n",
            "PUT /blobs/%00 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n",
        ];
        return [.. Encoding.Latin1.GetBytes(starts[number % starts.Length]), .. junk];
    }

    private Task<string> RawAsync(string request) => RawAsync(Encoding.Latin1.GetBytes(request));

    /// <summary>Sends bytes over TLS and returns the answer.</summary>
    private async Task<string> RawAsync(byte[] request, bool shutdown = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _farm.Address.Port);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("127.0.0.1");
        await tls.WriteAsync(request);
        if (shutdown)
            await tls.ShutdownAsync();
        return await ReadToEndAsync(tls);
    }

    private async Task AssertServesAsync() =>
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_farm.OperatorClient(), "/api/v1/farm"));
}
