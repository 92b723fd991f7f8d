using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using FarmCommands = MlxVideo.Shared.Commands.FarmCommands;

namespace MlxVideo.Coordinator.Tests.Logs;

/// <summary>The logs of a farm's attempts over HTTP.</summary>
public sealed class FarmLogsTests : FarmActorTestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Logs_are_shown_and_followed_until_the_batch_has_ended()
    {
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(
            () => Farm, services => services.AddSingleton(AttemptLogs)));
        var client = new FarmClient(api.Client, api.Client.BaseAddress!).Commands;
        var worker = Join("w1");
        var batch = Submit(1, audio: false);
        var attempt = worker.ExpectMsg<AssignStage>().Attempt;
        var request = new ShowLogs(batch, Follow: true);
        await using var lines = client.StreamAsync(FarmCommands.Of(typeof(ShowLogs)), request, CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal("given to w1", await NextAsync());

        var stranger = CreateTestProbe();
        Farm.Tell(new AttemptLog(attempt, 1, [new LogLine(1, "forged")]), stranger);
        Farm.Tell(new AttemptLog(attempt with { Number = 7 }, 1, [new LogLine(1, "of no attempt")]), worker);
        Farm.Tell(new AttemptLog(attempt, 1, [new LogLine(1, "first"), new LogLine(2, "second")]), worker);
        Assert.Equal(["first", "second"], [await NextAsync(), await NextAsync()]);
        Farm.Tell(new AttemptFailed(attempt, FailureKind.Input, "no such prompt"), worker);
        Assert.Equal("failed: no such prompt", await NextAsync());
        Assert.False(await lines.MoveNextAsync().AsTask().WaitAsync(Patience)); // the batch has ended

        var shown = await client.ExecuteAsync(
            new ShowLogs(batch, Row: 1, Stage: attempt.Stage.StageId, Attempt: 1), CancellationToken.None);
        var log = Assert.Single(shown.Attempts);
        Assert.Equal(("w1", AttemptState.Failed, "no such prompt"), (log.Worker, log.State, log.Error));
        Assert.Equal(["first", "second"], log.Lines.Select(line => line.Text));
        Assert.Contains("  no such prompt", FarmCommands.Of(typeof(ShowLogs)).Show(shown).ToLines());
        Assert.Empty((await client.ExecuteAsync(new ShowLogs(batch, Row: 1, Attempt: 2), CancellationToken.None)).Attempts);

        Ask<RemovedBatch>(new FarmQueries.RemoveBatch(batch));
        await AwaitAssertAsync(() => Assert.Empty(AttemptLogs.RowsOf(batch)));
        var ex = await Assert.ThrowsAsync<FarmApiException>(() => client.ExecuteAsync(new ShowLogs("b9"), CancellationToken.None));
        Assert.Equal("There is no batch 'b9': 'farm list' shows the batches.", ex.Message);

        async Task<string> NextAsync() => await lines.MoveNextAsync().AsTask().WaitAsync(Patience)
            ? ((BatchLogLine)lines.Current).Text
            : throw new InvalidOperationException("The stream ended.");
    }
}
