using System.Net;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

/// <summary>The owner's side of offloaded evaluations, with a scripted coordinator; EndToEnd.Tests covers the real one.</summary>
public sealed class RelayedEvaluationsTests : IDisposable
{
    private static readonly AttemptAddress Attempt = new(new StageAddress("b1", 1, "denoise-1"), 1);
    private static readonly HelperJoined Helper = new(new OffloadAddress(Attempt, 1), 2);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _givenUp = [];
    private readonly List<string> _sent = [];
    private readonly CancellationTokenSource _cancellation = new();
    private readonly CurrentHelper _helpers;
    private HttpClient? _http;

    public RelayedEvaluationsTests() => _helpers = new CurrentHelper(Attempt, (_, reason) => _givenUp.Add(reason));

    [Fact]
    public void No_evaluation_is_offered_without_a_helper()
    {
        using var evaluations = Evaluations(_ => throw new InvalidOperationException());
        Assert.Equal(0, evaluations.Offer(0, 4, _ => throw new InvalidOperationException()));
    }

    [Fact]
    public void Tokens_are_sent_velocities_are_received_and_no_file_is_left()
    {
        _helpers.Join(Helper);
        using (var evaluations = Evaluations(request => Velocities(step: 3)))
        {
            Assert.Equal(2, evaluations.Offer(3, 4, path => File.WriteAllText(path, "tokens")));
            Assert.Equal("velocities", File.ReadAllText(evaluations.Receive(3)!));
            Assert.Equal(["/offload/b1/1/denoise-1/1/1/Tokens?step=3&evaluations=2: tokens"], _sent);
            Assert.Equal(1, evaluations.Offer(4, 2, path => File.WriteAllText(path, "tokens"))); // one always stays with the owner
        }

        Assert.True(
            SpinWait.SpinUntil(
                () => Directory.GetFiles(_folder.File("blobs"), "*", SearchOption.AllDirectories).Length == 0, TimeSpan.FromSeconds(10)));
        Assert.Empty(_givenUp);
    }

    [Fact]
    public void Offer_that_outlives_its_stage_leaves_no_file_and_blames_no_helper()
    {
        _helpers.Join(Helper);
        var evaluations = Evaluations(request => Velocities(step: 3));
        Assert.Equal(0, evaluations.Offer(3, 4, path =>
        {
            File.WriteAllText(path, "tokens");
            evaluations.Dispose(); // the engine process has ended meanwhile
        }));

        Assert.True(
            SpinWait.SpinUntil(
                () => Directory.GetFiles(_folder.File("blobs"), "*", SearchOption.AllDirectories).Length == 0, TimeSpan.FromSeconds(10)));
        Assert.Empty(_givenUp);
    }

    [Fact]
    public void Ended_offload_is_not_a_failure()
    {
        Assert.Null(OfferAndReceive(_ => new HttpResponseMessage(HttpStatusCode.Gone)));
        Assert.Empty(_givenUp);
        Assert.Null(_helpers.Current);
    }

    [Fact]
    public void Helper_that_does_not_answer_in_time_is_given_up()
    {
        Assert.Null(OfferAndReceive(_ => null));
        Assert.Contains("longer than computing it locally", Assert.Single(_givenUp), StringComparison.Ordinal);
        Assert.Null(_helpers.Current);
    }

    [Fact]
    public void Helper_that_sends_the_wrong_step_or_is_unreachable_is_given_up()
    {
        Assert.Null(OfferAndReceive(_ => Velocities(step: 4)));
        Assert.Null(OfferAndReceive(_ => new HttpResponseMessage(HttpStatusCode.InternalServerError)));
        Assert.Equal(2, _givenUp.Count);
    }

    [Fact]
    public void Full_disk_ends_the_offload_but_not_the_stage()
    {
        _helpers.Join(Helper);
        using var evaluations = Evaluations(_ => Velocities(step: 0));
        Assert.Equal(0, evaluations.Offer(0, 4, _ => throw new IOException("no space left")));
        Assert.Equal(["no space left"], _givenUp);
    }

    [Fact]
    public async Task Cancelled_attempt_does_not_wait_for_its_helper()
    {
        _helpers.Join(Helper);
        using var evaluations = Evaluations(_ => null);
        evaluations.Offer(0, 4, path => File.WriteAllText(path, "tokens"));
        var waiting = Task.Run(() => evaluations.Receive(0));
        await _cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Empty(_givenUp);
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        _http?.Dispose();
        _folder.Dispose();
    }

    private static HttpResponseMessage Velocities(int step)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("velocities") };
        response.Headers.Add(OffloadHeaders.Step, $"{step}");
        response.Headers.Add(OffloadHeaders.Evaluations, "2");
        return response;
    }

    private string? OfferAndReceive(Func<HttpRequestMessage, HttpResponseMessage?> answer)
    {
        _helpers.Join(Helper);
        using var evaluations = Evaluations(answer);
        Assert.Equal(2, evaluations.Offer(3, 4, path => File.WriteAllText(path, "tokens")));
        return evaluations.Receive(3);
    }

    private RelayedEvaluations Evaluations(Func<HttpRequestMessage, HttpResponseMessage?> answer)
    {
        _http?.Dispose();
        _http = new HttpClient(new Coordinator(_sent, answer));
        return new RelayedEvaluations(
            _helpers, new OffloadClient(_http, new Uri("http://coordinator")), new BlobStore(_folder.File("blobs")),
            new WorkerProtocolOptions().HelperPatience, TimeProvider.System, _cancellation.Token);
    }

    /// <summary>Accepts every upload; answers requests as scripted, or never when the script returns null.</summary>
    private sealed class Coordinator(List<string> sent, Func<HttpRequestMessage, HttpResponseMessage?> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Put)
            {
                sent.Add($"{request.RequestUri!.PathAndQuery}: {await request.Content!.ReadAsStringAsync(cancellationToken)}");
                return new HttpResponseMessage(HttpStatusCode.NoContent);
            }

            if (answer(request) is { } response)
                return response;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
