using System.Net;
using System.Net.Http.Headers;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Tests.Http;

public sealed class FarmApiTests : IAsyncLifetime
{
    private const string Good = """{"client_token":"t","clips":[{"row":1,"output":"a.mp4","constraints":{},"settings":{"prompt":"fox"}}]}""";

    private ApiUnderTest _api = null!;

    public static TheoryData<string, string, string> BadBodies => new()
    {
        // Replaced text of a valid batch, its replacement, and an excerpt of the error message.
        { Good, "null", "The request needs a JSON body." },
        { Good, "", "The request needs a JSON body." },
        { Good, "[]", "The JSON body" },
        { Good, "{", "The JSON body can't be read" },
        { Good, "{\"client_token\":\"t\"}", "is missing 'clips'" },
        { "\"t\"", "null", "The JSON body at $.client_token contains null where a value is required" },
        { "\"t\"", "\"\"", "client_token must have 1 to 200 characters" },
        { "\"client_token\"", "\"client_token\":\"s\",\"client_token\"", "'client_token' twice" },
        { "\"clips\":[{", "\"clips\":[null,{", "clips[0] is null" },
        { "}}]}", "}},null]}", "clips[1] is null" },
        { "{\"row\":1", "{\"row\":null", "The JSON body at $.clips[0].row" },
        { "\"row\":1", "\"row\":0", "Row 0 is below 1" },
        { "\"row\":1", "\"row\":-5", "Row -5 is below 1" },
        { "\"row\":1", "\"row\":99999999999", "The JSON body at $.clips[0].row contains an invalid value" },
        { "\"row\":1", "\"row\":1.5", "The JSON body at $.clips[0].row" },
        { "{\"prompt\":\"fox\"}", "null", "null where a value is required" },
        { "\"constraints\":{}", "\"constraints\":null", "null where a value is required" },
        { "\"fox\"", "null", "null where a value is required" },
        { "\"fox\"", "\"\\u200b\"", "prompt: The prompt is empty" },
        { "\"fox\"", "\"\\ud800\"", "The JSON body at $.clips[0].settings.prompt" },
        { "\"fox\"", "\"fox\",\"prompt\":\"owl\"", "'prompt' twice" },
        { "\"fox\"", "\"fox\",\"guided\":null", "null where a value is required" },
        { "\"fox\"", "\"fox\",\"images\":null", "null where a value is required" },
        { "\"fox\"", "\"fox\",\"images\":[null]", "images[0] is null" },
        { "\"fox\"", "\"fox\",\"images\":[{\"image\":null}]", "null where a value is required" },
        { "\"fox\"", "\"fox\",\"images\":[{\"image\":{\"digest\":\"x\",\"length\":1}}]", "image 'x' is not a SHA-256 digest" },
        { "\"fox\"", "\"fox\",\"width\":1e10", "The JSON body at $.clips[0].settings.width" },
        { "\"fox\"", "\"fox\",\"width\":65", "width: 65 pixels is odd" },
        { "\"fox\"", "\"fox\",\"fps\":1e400", "fps: " },
        { "\"fox\"", "\"fox\",\"fps\":NaN", "can't be read" },
        { "\"fox\"", "\"fox\",\"fps\":\"12,5\"", "The JSON body at $.clips[0].settings.fps" },
        { "\"fox\"", "\"fox\",\"seed\":-1", "seed: -1 is negative" },
        { "\"fox\"", "\"fox\",\"pipeline\":\"magic\"", "The JSON body at $.clips[0].settings.pipeline" },
        { "\"fox\"", "\"fox\",\"pipeline\":1", "The JSON body at $.clips[0].settings.pipeline" },
        { "\"constraints\":{}", "\"constraints\":{\"priority\":1001}", "priority: 1001 is outside" },
        { "\"constraints\":{}", "\"constraints\":{\"deadline\":\"0001-01-01T00:00:00Z\"}", "deadline: The year 1 is outside" },
        { "\"constraints\":{}", "\"constraints\":{\"deadline\":\"soon\"}", "The JSON body at $.clips[0].constraints.deadline" },
        { "\"constraints\":{}", "\"constraints\":{\"tag\":\"two words\"}", "tag: " },
        { "\"clips\"", "\"weight\":0,\"clips\"", "weight: A weight of 0 is outside" },
        { "\"clips\"", "\"weight\":1e400,\"clips\"", "weight: " },
        { "\"a.mp4\"", "null", "null where a value is required" },
        { "\"a.mp4\"", "\"\"", "output: '' does not name a file" },
        { "\"a.mp4\"", "\"../a.mp4\"", "leaves the output folder" },
        { "\"a.mp4\"", "\"x/../../a.mp4\"", "leaves the output folder" },
        { "\"a.mp4\"", "\"/etc/a.mp4\"", "is an absolute path" },
        { "\"a.mp4\"", "\"C:\\\\a.mp4\"", "is an absolute path" },
        { "\"a.mp4\"", "\"x\\\\a.mp4\"", "must be written as 'x/a.mp4'" },
        { "\"a.mp4\"", "\"a\"", "must be written as 'a.mp4'" },
        { "\"a.mp4\"", "\"e\\u0301.mp4\"", "must be written as '\u00e9.mp4'" },
        { "\"a.mp4\"", "\"nul.mp4\"", "is a reserved device name" },
        { "\"a.mp4\"", "\"a\\u0000.mp4\"", "control character" },
    };

    public async Task InitializeAsync() => _api = await ApiUnderTest.StartAsync();

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task Valid_batch_is_created() => Assert.Equal(HttpStatusCode.Created, (await _api.SubmitAsync(Good)).Status);

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Invalid_body_is_refused_with_one_sentence(string replaced, string by, string words)
    {
        Assert.Contains(replaced, Good, StringComparison.Ordinal);
        var (status, error) = await _api.SubmitAsync(Good.Replace(replaced, by, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
        Assert.DoesNotContain("MlxVideo", error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Farm_without_its_database_gives_the_reason()
    {
        _api.Database.Failed(new IOException("disk on fire"));
        var (status, error) = await _api.GetAsync("/api/v1/batches"); // never answered here, as while the farm's actor is being replaced
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable,
                "The farm's database can't be used at present (disk on fire); the farm continues as soon as it can."),
            (status, error));
    }

    [Theory]
    [InlineData("b.mp4", "B.mp4")]
    [InlineData("\u00e9.mp4", "\u00c9.mp4")]
    [InlineData("stra\u00dfe.mp4", "STRASSE.mp4")]
    [InlineData("b.mp4", "b.mp4/c.mp4")]
    public async Task Rows_with_the_same_output_file_are_refused(string one, string other)
    {
        var clip = """{"row":2,"output":"OTHER","constraints":{},"settings":{"prompt":"fox"}}"""
            .Replace("OTHER", other, StringComparison.Ordinal);
        var (status, error) = await _api.SubmitAsync(
            Good.Replace("a.mp4", one, StringComparison.Ordinal).Replace("}}]", "}}," + clip + "]", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("row 1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_deeply_nested_json_is_refused()
    {
        var (status, error) =
            await _api.SubmitAsync(
                Good.Replace(
                    "\"clips\"", $"\"more\":{new string('[', 100_000)}{new string(']', 100_000)},\"clips\"", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, error.Contains("depth", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/csv")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Unsupported_content_type_is_refused(string contentType)
    {
        var (status, error) = await _api.SubmitAsync(Good, contentType);
        Assert.Equal(
            (HttpStatusCode.UnsupportedMediaType, "The body must be JSON with the content type application/json."), (status, error));
    }

    [Theory]
    [InlineData("wait=NaN", "wait: 'NaN' is not a number.")]
    [InlineData("wait=-1", "wait: -1 seconds is outside 0 to 30.")]
    [InlineData("wait=1e9", "wait: 1000000000 seconds is outside 0 to 30.")]
    [InlineData("wait=1e400", "wait: '1e400' is too large.")]
    [InlineData("wait=12,5", "wait: '12,5' is not a number: write 12.5.")]
    [InlineData("wait=Infinity", "wait: 'Infinity' is not a number.")]
    [InlineData("wait=", "wait: The value is empty: enter a number.")]
    [InlineData("newer_than=x", "newer_than: 'x' is not a whole number.")]
    [InlineData("newer_than=99999999999999999999", "newer_than: '99999999999999999999' is too large: the maximum is 9223372036854775807.")]
    public async Task Invalid_query_parameter_is_refused(string query, string sentence) =>
        Assert.Equal((HttpStatusCode.BadRequest, sentence), await _api.GetAsync($"/api/v1/batches/b1?{query}"));

    [Theory]
    [InlineData("/offload/b1/1/denoise-1/1/1/Nowhere?after=0", "direction: 'Nowhere' is not a valid value.")]
    [InlineData("/offload/b1/1/denoise-1/1/1/Velocities?after=x", "after: 'x' is not a valid value.")]
    [InlineData("/offload/b1/1/denoise-1/1/1/Velocities", "after is missing.")]
    public async Task Unbindable_parameter_is_named(string path, string sentence) =>
        Assert.Equal((HttpStatusCode.BadRequest, sentence), await _api.GetAsync(path));

    [Theory]
    [InlineData("/api/v1/batches/b1?wait=0.5&newer_than=1", "There is no batch 'b1': 'farm list' shows the batches.")]
    [InlineData("/api/nothing", "This API has no endpoint GET /api/nothing.")]
    public async Task Unknown_batch_or_path_is_named(string path, string sentence) =>
        Assert.Equal((HttpStatusCode.NotFound, sentence), await _api.GetAsync(path));

    [Fact]
    public async Task Unsupported_method_is_named() =>
        Assert.Equal(
            (HttpStatusCode.MethodNotAllowed, "This API has no endpoint DELETE /api/v1/batches."),
            await ApiUnderTest.ReadAsync(await _api.Client.DeleteAsync(new Uri("/api/v1/batches", UriKind.Relative))));

    [Fact]
    public async Task Body_over_the_limit_is_refused_before_it_is_sent()
    {
        var content = new EndlessContent(3 * SubmitBatch.MaxBytes, saysLength: true);
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/api/v1/batches") { Content = content, Headers = { ExpectContinue = true } };
        var (status, error) = await ApiUnderTest.ReadAsync(await _api.Client.SendAsync(request));
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge,
                $"The request exceeds the limit of {SubmitBatch.MaxBytes} bytes: split the batch."), (status, error));
        Assert.Equal(0, content.Sent);
    }

    [Fact]
    public async Task Body_of_unknown_length_is_read_only_up_to_the_limit()
    {
        var content = new EndlessContent(3 * SubmitBatch.MaxBytes, saysLength: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/batches") { Content = content };
        try
        {
            using var response = await _api.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The connection was closed before the response was read.
        }

        Assert.InRange(content.Sent, SubmitBatch.MaxBytes / 2, SubmitBatch.MaxBytes + (64 << 20)); // socket and pipe buffers
        Assert.Equal(HttpStatusCode.Created, (await _api.SubmitAsync(Good)).Status);
    }

    /// <summary>A request body of the given length, optionally without a declared length.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private readonly long _length;
        private readonly bool _saysLength;

        public EndlessContent(long length, bool saysLength)
        {
            (_length, _saysLength) = (length, saysLength);
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        public long Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[1 << 16];
            Array.Fill(piece, (byte)' ');
            for (; Sent < _length; Sent += piece.Length)
                await stream.WriteAsync(piece);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return _saysLength;
        }
    }
}
