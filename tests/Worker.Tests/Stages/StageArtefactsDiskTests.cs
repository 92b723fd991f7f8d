using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

/// <summary>Stages on a full disk, locally or at the coordinator.</summary>
public sealed class StageArtefactsDiskTests : IDisposable
{
    private static readonly EncodePromptStage Encode =
        StagePlanner.Plan(new RenderSettings { Prompt = "fox" }).Stages.OfType<EncodePromptStage>().Single();

    private readonly TemporaryFolder _folder = new();
    private readonly FullCoordinator _coordinator = new();
    private readonly HttpClient _http;
    private readonly SmallVolume _volume;
    private readonly QuickClock _time = new();
    private readonly StageArtefacts _artefacts;

    public StageArtefactsDiskTests()
    {
        _http = new HttpClient(_coordinator);
        _volume = new SmallVolume(_folder.Path);
        _artefacts = new StageArtefacts(new BlobStore(_folder.File("blobs"), _volume), _http, _time);
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Result_is_kept_and_offered_again_until_the_coordinator_has_space()
    {
        _coordinator.Refusals = 6;
        var computed = 0;
        var outputs = await RunAsync(outputs =>
        {
            computed++;
            return WriteResultAsync(outputs);
        });
        Assert.Equal((1, 7), (computed, _coordinator.Offers));
        Assert.Equal(Encode.Context, Assert.Single(outputs).Name);
        Assert.Equal([1, 2, 4, 8, 15, 15], _time.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(null)]
    public async Task Result_is_kept_while_the_coordinator_is_busy_or_unreachable(HttpStatusCode? status)
    {
        _coordinator.Refusals = 3;
        _coordinator.Status = status;
        var computed = 0;
        await RunAsync(outputs =>
        {
            computed++;
            return File.WriteAllTextAsync(outputs[Encode.Context], "result");
        });
        Assert.Equal((1, 4), (computed, _coordinator.Offers));
    }

    [Fact]
    public async Task Result_of_a_cancelled_attempt_is_no_longer_offered()
    {
        _coordinator.Refusals = int.MaxValue;
        using var cancellationSource = new CancellationTokenSource();
        _coordinator.Offered += offers =>
        {
            if (offers == 3)
                cancellationSource.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(WriteResultAsync, cancellationSource.Token));
    }

    [Fact]
    public async Task Other_refusals_are_not_retried()
    {
        _coordinator.Refusals = 1;
        _coordinator.Status = HttpStatusCode.InternalServerError;
        var failure = await Assert.ThrowsAsync<FarmApiException>(() => RunAsync(WriteResultAsync));
        Assert.True(failure.IsCoordinatorFailure);
    }

    [Fact]
    public async Task Full_disk_is_a_disk_failure_and_remains_a_problem_for_a_pause()
    {
        _volume.Free = 0;
        var failure = await Assert.ThrowsAsync<StageException>(
            () => RunAsync(_ => throw new IOException("No space left on device", 28)));
        Assert.Equal(FailureKind.Disk, failure.Kind);
        Assert.Contains($"The disk that holds {_folder.File("blobs")} is full", failure.Message);
        Assert.Equal(failure.Message, _artefacts.Disk.Problem);

        _volume.Free = long.MaxValue;
        Assert.NotNull(_artefacts.Disk.Problem);
        _time.Now += TimeSpan.FromSeconds(10);
        Assert.Null(_artefacts.Disk.Problem);
    }

    [Fact]
    public async Task Quota_that_free_space_does_not_reveal_is_retried_with_growing_delays()
    {
        foreach (var pause in new[] { 10, 20, 40 })
        {
            var failure = await Assert.ThrowsAsync<StageException>(
                () => RunAsync(_ => throw new IOException("Disk quota exceeded : '/x'", 122)));
            Assert.Contains("Disk quota exceeded : '/x'", failure.Message);
            _time.Now += TimeSpan.FromSeconds(pause - 1);
            Assert.NotNull(_artefacts.Disk.Problem);
            _time.Now += TimeSpan.FromSeconds(1);
            Assert.Null(_artefacts.Disk.Problem);
        }
    }

    [Fact]
    public void Full_disk_is_detected_before_a_stage_fails()
    {
        _volume.Free = 0;
        Assert.Contains("is full", _artefacts.Disk.Problem);
        _volume.Free = long.MaxValue;
        Assert.Null(_artefacts.Disk.Problem);
    }

    [Fact]
    public async Task Locally_cached_artefacts_are_removed_to_free_space()
    {
        await RunAsync(WriteResultAsync);
        Assert.Single(Directory.EnumerateFiles(_folder.File("blobs"), "*", SearchOption.AllDirectories));
        _volume.Free = 0;
        _artefacts.Trim();
        Assert.Empty(Directory.EnumerateFiles(_folder.File("blobs"), "*", SearchOption.AllDirectories));
    }

    private static Task WriteResultAsync(IReadOnlyDictionary<string, string> outputs) =>
        File.WriteAllTextAsync(outputs[Encode.Context], "result");

    private Task<IReadOnlyList<NamedBlob>> RunAsync(
        Func<IReadOnlyDictionary<string, string>, Task> compute, CancellationToken cancellationSource = default)
    {
        var attempt = new AttemptAddress(new StageAddress("b1", 1, Encode.Id), 1);
        var assignment = new AssignStage(attempt, StageJson.Serialize(Encode), []);
        return _artefacts.RunAsync(assignment, new Uri("http://coordinator"), (_, _, outputs) => compute(outputs), cancellationSource);
    }

    private sealed class SmallVolume(string folder) : Volume(folder)
    {
        public long Free { get; set; } = long.MaxValue;

        public override long FreeBytes => Free;

        public override long ReserveBytes => 1;
    }

    /// <summary>A clock with timers that fire immediately.</summary>
    private sealed class QuickClock : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>A coordinator that refuses the first uploads.</summary>
    private sealed class FullCoordinator : HttpMessageHandler
    {
        public event Action<int>? Offered;

        /// <summary>The status of refusals; null when the coordinator is unreachable.</summary>
        public HttpStatusCode? Status { get; set; } = HttpStatusCode.InsufficientStorage;

        public int Refusals { get; set; }

        public int Offers { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method != HttpMethod.Put)
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound));
            Offers++;
            Offered?.Invoke(Offers);
            if (Offers <= Refusals && Status is null)
                throw new HttpRequestException(HttpRequestError.ConnectionError, "No route to host");
            return Task.FromResult(Offers <= Refusals
                ? new HttpResponseMessage(
                    Status!.Value)
                { Content = JsonContent.Create(new ApiProblem("The disk is full.", 507), options: FarmJson.Options) }
                : new HttpResponseMessage(HttpStatusCode.Created));
        }
    }
}
