using System.Text.Json;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>
/// A farm that goes through random events, with a twin that is stored as a snapshot and recovered now and then. Both must take the same
/// decisions.
/// </summary>
public sealed class SnapshotTests
{
    private const int Rounds = 250;

    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Recovered_state_decides_like_the_original(int seed)
    {
        var random = new Random(seed);
        var (original, twin) = (new FarmAggregate(new Scheduler()), new FarmAggregate(new Scheduler()));
        var ended = 0;
        for (var round = 0; round < Rounds; round++)
        {
            _now += TimeSpan.FromSeconds(random.Next(1, 5));
            var command = NextCommand(original.State, random, round);
            var expected = command(original);
            Assert.Equal(Text(expected), Text(command(twin)));
            ended += expected.OfType<FarmEvents.BatchArchived>().Count();
            if (random.Next(4) != 0)
                continue;
            var recovered = Reload(twin.State);
            AssertSame(twin.State, recovered);
            // Learned speeds are not part of the state: both start to learn again.
            original.Recover(Reload(original.State));
            twin.Recover(recovered);
        }

        Assert.True(ended > 0, "No batch ended: the test shows little.");
    }

    private static FarmState Reload(FarmState state)
    {
        using var buffer = new MemoryStream();
        ProtoBuf.Serializer.Serialize(buffer, StateMapping.ToStored(state));
        return StateMapping.ToDomain(ProtoBuf.Serializer.Deserialize<StoredState>(buffer.ToArray().AsSpan()));
    }

    private Func<FarmAggregate, IReadOnlyList<IFarmEvent>> NextCommand(FarmState state, Random random, int round)
    {
        var now = _now;
        var busy = state.Workers.Values.Where(worker => worker.Current is not null).ToList();
        var local = state.Local.FirstOrDefault();
        switch (random.Next(14))
        {
            case 0 when state.Open.Count < 3:
                var request = Request(random, round);
                return farm => farm.Submit($"b{round:0000}", request, now);
            case 1:
                var hello = Hello($"w{random.Next(3)}", $"e{round}");
                return farm => farm.Register(hello, now);
            case 2 when state.Workers.Count > 1 && random.Next(4) == 0:
                var lost = state.Workers.Keys.ElementAt(random.Next(state.Workers.Count));
                return farm => farm.Remove(lost, FailureKind.Machine, "test", now);
            case 3 when busy.Count > 0 && random.Next(3) == 0:
                var failed = busy[random.Next(busy.Count)].Current!.Address;
                return farm => farm.Fail(failed, FailureKind.Machine, "test", now);
            case 4 when state.Open.Count > 0 && random.Next(10) == 0:
                var cancelled = state.Open[0];
                return farm => farm.Cancel(cancelled, now);
            case 5 when state.Batches.Values.FirstOrDefault(batch => batch.EndedAt is not null) is { } over:
                return farm => farm.Archive(over.Id, now);
            case 6 when local is not null:
                return farm => Mux(farm, local, now);
            case 7 or 8 when busy.Count > 0:
                var done = Done(state, busy[random.Next(busy.Count)].Current!.Address);
                return farm => farm.Done(done, now);
            case 10 when state.Batches.Values.FirstOrDefault(HasEnded) is { } retried:
                return farm => farm.Retry(retried.Id, null, null, _ => now.Second % 2 == 0, now);
            case 11 when state.Open.Count > 0:
                var paused = state.Open[^1];
                return state.Batches[paused].IsPaused ? farm => farm.ResumeBatch(paused, now) : farm => farm.Pause(paused, now);
            case 12 when state.Open.Count > 0:
                var (urgent, priority) = (state.Open[0], random.Next(3));
                return random.Next(2) == 0
                    ? farm => farm.SetPriority(urgent, 1, priority, now)
                    : farm => farm.SetDeadline(urgent, null, now.AddHours(priority), now);
            case 13:
                var (worker, hours) = ($"w{random.Next(3)}", random.Next(4));
                return random.Next(3) switch
                {
                    0 => farm => farm.Tag(worker, hours switch { 0 => null, 1 => [], _ => ["big"] }, now),
                    1 => farm => farm.SetHours(worker, hours == 0 ? null : new AllowedHours(hours * 60, 0, 0), now),
                    _ => farm => farm.Forget(worker, now),
                };
            default:
                return farm => farm.Schedule(now).Events;
        }
    }

    private static bool HasEnded(Batch batch) => batch.Clips.Values.Any(clip => clip.State is ClipState.Failed or ClipState.Cancelled);

    private static IReadOnlyList<IFarmEvent> Mux(FarmAggregate farm, StageAddress stage, DateTimeOffset now)
    {
        var started = farm.StartLocal(stage, "coordinator", now);
        var attempt = started.OfType<FarmEvents.AttemptStarted>().Single().Attempt;
        return [.. started, .. farm.Finish(Done(farm.State, attempt), "cafe", now)];
    }

    private static CompleteAttempt Done(FarmState state, AttemptAddress attempt) => new(
        attempt,
        state.ClipOf(attempt.Stage)!.Stage(attempt.Stage.StageId).Outputs
            .Select(name => new NamedBlob(name, new BlobRef(new string('c', 64), name.Length))).ToList());

    private static BatchRequest Request(Random random, int round) => new(
        $"token-{round}",
        Enumerable.Range(1, random.Next(1, 4)).Select(row => new ClipRequest(
            row, $"{row}.mp4", new ClipConstraints(random.Next(2)), new RenderSettings
            {
                Prompt = $"clip {random.Next(3)}",
                Width = 128,
                Height = 128,
                NumFrames = 9,
                Audio = random.Next(2) == 0,
            },
            random.Next(3) == 0 ? "m" : null)).ToList(),
        1 + random.Next(3));

    private static RegisterWorker Hello(string id, string epoch) =>
        new(id, epoch, id, "cpu", "m", FarmActorTestKit.SomeCapabilities, "m", []);

    private static void AssertSame(FarmState expected, FarmState actual)
    {
        Assert.Equal(Text(expected.Local), Text(actual.Local));
        Assert.Equal(expected.Open, actual.Open);
        Assert.Equal(Text(expected.Workers.Values), Text(actual.Workers.Values));
        Assert.Equal(Text(expected.Models), Text(actual.Models));
        Assert.Equal(Text(expected.Overrides), Text(actual.Overrides));
        Assert.Equal(expected.SubmittedBatches, actual.SubmittedBatches);
        Assert.Equal(Text(expected.Archived.OrderBy(entry => entry.Key)), Text(actual.Archived.OrderBy(entry => entry.Key)));
        Assert.Equal(Text(expected.ByKey.OrderBy(entry => entry.Key)), Text(actual.ByKey.OrderBy(entry => entry.Key)));
        Assert.Equal(expected.Batches.Keys, actual.Batches.Keys);
        foreach (var (before, after) in expected.Batches.Values.Zip(actual.Batches.Values))
        {
            Assert.Equal(Text(Comparable(before)), Text(Comparable(after)));
            foreach (var kind in before.Left.Keys.Union(after.Left.Keys))
                Assert.Equal(before.Left.GetValueOrDefault(kind), after.Left.GetValueOrDefault(kind), 6);
        }
    }

    /// <summary>Returns a batch without sums, which are added in another order, and with sorted artefacts.</summary>
    private static object Comparable(Batch batch) => new
    {
        batch.Id,
        batch.ClientToken,
        batch.Weight,
        batch.SubmittedAt,
        batch.EndedAt,
        batch.Model,
        batch.Binding,
        batch.ModelsOfClips,
        batch.UsesOwnModel,
        batch.Served,
        batch.HasPreempting,
        batch.IsPaused,
        batch.Waiting,
        batch.Started,
        batch.Ready,
        Clips = batch.Clips.Values.Select(clip => new
        {
            clip.Row,
            clip.State,
            clip.Error,
            clip.StartedAt,
            clip.EndedAt,
            clip.Framemd5,
            clip.Constraints,
            clip.Settings,
            clip.Stages,
            Artefacts = clip.Artefacts.OrderBy(artefact => artefact.Key, StringComparer.Ordinal),
        }),
    };

    private static string Text(object value) => JsonSerializer.Serialize(value);

    private static string Text(IReadOnlyList<IFarmEvent> events) =>
        string.Join('\n', events.Select(happened => JsonSerializer.Serialize<object>(happened)));
}
