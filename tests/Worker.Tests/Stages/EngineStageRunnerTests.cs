using System.Net;
using System.Text.Json;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Worker.Engine;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

public sealed class EngineStageRunnerTests : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly StagePlan Plan = StagePlanner.Plan(
        new RenderSettings { Prompt = "A red fox runs through fresh snow.", Width = 64, Height = 64, NumFrames = 9, Seed = 7 });

    private readonly TinyModelFolder _tiny;
    private readonly TemporaryFolder _folder = new();
    private readonly EngineThread _thread = new();
    private readonly HttpClient _http;
    private readonly List<string> _told = [];
    private StageRunner? _runner;

    public EngineStageRunnerTests(TinyModelFolder tiny)
    {
        _tiny = tiny;
        _http = new HttpClient(new RecordingStore(_told));
    }

    [Fact]
    public async Task Steps_are_reported_between_load_and_upload()
    {
        var runner = Execution();
        var context = await RunAsync(runner, Stage<EncodePromptStage>(), []);
        Assert.Equal(["loaded TextEncoder", "0/1", "1/1", "sent"], _told);

        _told.Clear();
        await RunAsync(runner, Stage<DenoiseStage>(), context);
        string[] steps = ["0/8", "1/8", "2/8", "3/8", "4/8", "5/8", "6/8", "7/8", "8/8"];
        Assert.Equal(["loaded Transformer", .. steps, "sent", "sent"], _told);
    }

    [Fact]
    public async Task Transfers_and_computing_time_are_logged()
    {
        var (runner, lines) = (Execution(), new List<string>());
        runner.Logged += lines.Add;
        await RunAsync(runner, Stage<EncodePromptStage>(), []);
        Assert.Collection(
            lines,
            line => Assert.Matches("^computed in [0-9.]+ s$", line),
            line => Assert.Matches(@"^sent prompt\.context \([0-9.]+ k?(B|bytes)\) in [0-9.]+ s$", line));
    }

    [Fact]
    public async Task Prefetched_component_is_not_loaded_again()
    {
        var runner = Execution();
        await runner.PrefetchAsync(ModelComponent.TextEncoder);
        Assert.Equal(["loaded TextEncoder"], _told);
        await RunAsync(runner, Stage<EncodePromptStage>(), []);
        Assert.Equal(["loaded TextEncoder", "0/1", "1/1", "sent"], _told);
    }

    [Fact]
    public async Task Stage_cancelled_while_its_model_loads_does_not_start()
    {
        var runner = Execution();
        using var cancellationSource = new CancellationTokenSource();
        runner.ComponentsChanged += _ => cancellationSource.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(runner, Stage<EncodePromptStage>(), [], cancellationSource.Token));
        Assert.Equal(["loaded TextEncoder"], _told);
    }

    [Fact]
    public async Task Stage_that_does_not_fit_is_refused_before_its_model_loads()
    {
        var ex = await Assert.ThrowsAsync<StageException>(() => RunAsync(Execution(memoryLimit: 1), Stage<EncodePromptStage>(), []));
        Assert.Equal(FailureKind.OutOfMemory, ex.Kind);
        Assert.Empty(_told);
    }

    public void Dispose()
    {
        _thread.Dispose();
        _runner?.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    private static TStage Stage<TStage>()
        where TStage : Stage => Plan.Stages.OfType<TStage>().First();

    private EngineStageRunner Execution(long? memoryLimit = null)
    {
        _runner = new StageRunner(_tiny.Model, memoryLimit: memoryLimit);
        var runner = new EngineStageRunner(
            new LocalEngine(_runner, _thread), new StageArtefacts(new BlobStore(_folder.File("blobs")), _http, TimeProvider.System),
            new WorkerProtocolOptions().HelperPatience, TimeProvider.System);
        runner.ComponentsChanged += change => _told.Add($"loaded {change.Loaded}");
        return runner;
    }

    private Task<IReadOnlyList<NamedBlob>> RunAsync(
        EngineStageRunner runner, Stage stage, IReadOnlyList<NamedBlob> inputs, CancellationToken cancellationSource = default) =>
            runner.RunAsync(
        new AssignStage(new AttemptAddress(new StageAddress("b1", 1, stage.Id), 1), StageJson.Serialize(stage), inputs),
        new Uri("http://coordinator"),
        (step, steps) => _told.Add($"{step}/{steps}"),
        new CurrentHelper(new AttemptAddress(new StageAddress("b1", 1, stage.Id), 1), (_, _) => { }),
        cancellationSource);

    /// <summary>A stub of the coordinator's blob store that is empty and accepts everything.</summary>
    private sealed class RecordingStore(List<string> told) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Put)
                told.Add("sent");
            return System.Threading.Tasks.Task.FromResult(
                new HttpResponseMessage(request.Method == HttpMethod.Put ? HttpStatusCode.Created : HttpStatusCode.NotFound));
        }
    }
}
