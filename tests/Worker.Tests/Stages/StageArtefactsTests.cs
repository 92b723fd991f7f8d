using System.Net;
using System.Text.Json;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

public sealed class StageArtefactsTests : IDisposable
{
    private static readonly EncodePromptStage Encode =
        StagePlanner.Plan(new RenderSettings { Prompt = "fox" }).Stages.OfType<EncodePromptStage>().Single();

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1 << 21, true, 1)]
    [InlineData(1 << 10, true, 0)]
    [InlineData(1 << 21, false, 0)]
    public async Task Link_is_measured_only_by_large_files_that_are_transferred(int bytes, bool isNew, int measured)
    {
        using var http = new HttpClient(new Store(isNew));
        var artefacts = new StageArtefacts(new BlobStore(_folder.File("blobs")), http, TimeProvider.System);
        var speeds = new List<double>();
        artefacts.LinkMeasured += speeds.Add;
        var assignment = new AssignStage(
            new AttemptAddress(new StageAddress("b1", 1, Encode.Id), 1), StageJson.Serialize(Encode), []);
        await artefacts.RunAsync(assignment, new Uri("http://coordinator"), (_, _, outputs) =>
            File.WriteAllBytesAsync(outputs[Encode.Context], new byte[bytes]), CancellationToken.None);

        Assert.Equal(measured, speeds.Count);
        Assert.All(speeds, speed => Assert.True(speed > 0));
    }

    [Fact]
    public async Task Transfers_are_logged_only_for_the_running_stage()
    {
        using var http = new HttpClient(new Store(isNew: true));
        var artefacts = new StageArtefacts(new BlobStore(_folder.File("blobs")), http, TimeProvider.System);
        var (api, lines) = (new Uri("http://coordinator"), new List<string>());
        artefacts.Logged += lines.Add;
        var outputs = await artefacts.RunAsync(
            new AssignStage(new AttemptAddress(new StageAddress("b1", 1, Encode.Id), 1), StageJson.Serialize(Encode), []), api,
            (_, _, files) => File.WriteAllBytesAsync(files[Encode.Context], new byte[10]), CancellationToken.None);
        Assert.Collection(
            lines,
            line => Assert.StartsWith("computed in ", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"sent {Encode.Context} (", line, StringComparison.Ordinal));

        lines.Clear();
        await artefacts.UploadAsync(outputs, api, CancellationToken.None); // a spooled result, while another stage may run
        Assert.Empty(lines);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Accepts every upload, or already has every blob.</summary>
    private sealed class Store(bool isNew) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(
                new HttpResponseMessage(
                    request.Method == HttpMethod.Put ? HttpStatusCode.Created : isNew ? HttpStatusCode.NotFound : HttpStatusCode.OK));
    }
}
