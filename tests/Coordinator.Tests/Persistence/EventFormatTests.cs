using System.Globalization;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Tests.Persistence;

public sealed class EventFormatTests : TestKit
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly AttemptAddress Attempt = new(new StageAddress("b1", 2, "denoise-1"), 3);
    private static readonly OffloadAddress Offload = new(Attempt, 4);
    private static readonly NamedBlob Latents = new("latents", new BlobRef(new string('a', 64), 5));

    private static readonly JsonSerializerOptions TextOptions = new() { Converters = { new WorkerKindConverter() } };

    private readonly FarmEventSerializer _serializer;

    public EventFormatTests() => _serializer = new FarmEventSerializer((ExtendedActorSystem)Sys);

    private static IReadOnlyList<IFarmEvent> Samples { get; } =
    [
        new FarmEvents.BatchSubmitted(
            "b1",
            new BatchRequest("token", [new ClipRequest(2, "2.mp4", new ClipConstraints(1, At, true, "fast"), Settings())], 2.5, "model"),
            "digest", new ModelBinding("digest", "arm64 cpu"), At),
        new FarmEvents.BatchSubmitted("b2", new BatchRequest("other", [], 1, null), null, null, At),
        new FarmEvents.BatchBound("b1", new ModelBinding("digest", "arm64 cpu"), At),
        new FarmEvents.BatchCancelled("b1", At),
        new FarmEvents.BatchCancelled("b1", At, "Cancelled because 2 rows of the batch failed."),
        new FarmEvents.BatchArchived("b1", At),
        new FarmEvents.BatchPaused("b1", At),
        new FarmEvents.BatchResumed("b1", At),
        new FarmEvents.BatchRemoved("b1", At),
        new FarmEvents.BatchRestored(Restored(), At),
        new FarmEvents.PriorityChanged("b1", [1, 300], -2, At),
        new FarmEvents.DeadlineChanged("b1", [2], At.AddHours(1), At),
        new FarmEvents.DeadlineChanged("b1", [2], null, At),
        new FarmEvents.ClipRetried("b1", 2, ["denoise-1", "mux"], At),
        new FarmEvents.WorkerJoined("w1", "e1", "Mac", "mps", "digest", "model", FarmActorTestKit.SomeCapabilities, At),
        new FarmEvents.WorkerLeft("w1", At),
        new FarmEvents.WorkerConditionChanged("w1", "Its disk is full.", At),
        new FarmEvents.WorkerConditionChanged("w1", null, At),
        new FarmEvents.DrainStarted("w1", "Mac", At),
        new FarmEvents.DrainEnded("w1", At),
        new FarmEvents.WorkerTagged("w1", "Mac", ["fast", "office"], At),
        new FarmEvents.WorkerTagged("w1", "Mac", [], At),
        new FarmEvents.WorkerTagged("w1", "Mac", null, At),
        new FarmEvents.WorkerHoursChanged("w1", "Mac", new AllowedHours(1200, 480, 120), At),
        new FarmEvents.WorkerHoursChanged("w1", "Mac", null, At),
        new FarmEvents.WorkerForgotten("w1", At),
        new FarmEvents.AttemptStarted(Attempt, "w1", "Mac", true, At),
        new FarmEvents.AttemptSucceeded(Attempt, [Latents], At),
        new FarmEvents.AttemptSucceeded(Attempt, [], At),
        new FarmEvents.AttemptFailed(Attempt, FailureKind.OutOfMemory, "too large", At, true),
        new FarmEvents.AttemptResumed(Attempt, "w1", At),
        new FarmEvents.AttemptAbandoned(Attempt, "w1", At),
        new FarmEvents.OffloadAssigned(Offload, "w2", 2, At),
        new FarmEvents.OffloadStarted(Offload, At),
        new FarmEvents.OffloadEnded(Offload, "w2", FailureKind.Machine, At),
        new FarmEvents.OffloadEnded(Offload, "w2", null, At),
        new FarmEvents.ResultShared(Attempt.Stage, new StageAddress("b1", 1, "denoise-1"), [Latents], At),
        new FarmEvents.ArtefactLost("b1", 2, "latents", At),
        new FarmEvents.ClipFinished("b1", 2, Latents.Blob, "cafe", At),
        new FarmEvents.ClipFailed("b1", 2, "denoise-1: too large", At),
    ];

    [Fact]
    public void Every_event_survives_storage()
    {
        foreach (var sample in Samples)
            Assert.Equal(Text(sample), Text(Read(_serializer.Manifest(sample), _serializer.ToBinary(sample))));
    }

    [Fact]
    public void Every_kind_of_event_is_stored()
    {
        var kinds = typeof(FarmEvents).GetNestedTypes().Where(type => type.IsAssignableTo(typeof(IFarmEvent)));
        Assert.Equal(kinds.OrderBy(type => type.Name), Samples.Select(sample => sample.GetType()).Distinct().OrderBy(type => type.Name));
    }

    /// <summary>The file holds an event of every format that was ever released, with what it means: lines are only added.</summary>
    [Fact]
    public void Events_of_all_versions_are_readable()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Persistence", "stored-events.tsv"));
        Assert.NotEmpty(lines);
        foreach (var columns in lines.Select(line => line.Split('\t')))
            AssertMeans(columns[2], Text(Read(columns[0], Convert.FromBase64String(columns[1]))));
        var stored = lines.Select(line => line.Split('\t')[0]).ToHashSet();
        Assert.All(Samples, sample => Assert.Contains(_serializer.Manifest(sample), stored));
    }

    [Fact]
    public void Event_of_a_newer_version_is_refused_with_the_reason()
    {
        var ex = Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "batch-submitted/999"));
        Assert.Contains("newer version", ex.Message, StringComparison.Ordinal);
    }

    private static RecoveredBatch Restored() => new(
        "b1", new BatchRequest("token", [new ClipRequest(2, "2.mp4", new ClipConstraints(), Settings())], 1, "digest"), At, At, "digest",
        new ModelBinding("digest", "arm64 cpu"), 2.5,
        new Dictionary<int, RecoveredClip>
        {
            [2] = new(
                ClipState.Failed, "bad", At, At, null, new Dictionary<string, BlobRef> { [Latents.Name] = Latents.Blob },
                new Dictionary<string, StageStatus>
                {
                    ["denoise-1"] = StageStatus.Blocked with { State = StageState.Failed, Attempt = 3, Errors = ["Mac: bad"] },
                },
                new Dictionary<string, int> { ["latents"] = 1 }),
        },
        new Dictionary<WorkerKind, int> { [new WorkerKind("w1", "denoise")] = 2 });

    private static RenderSettings Settings() => new()
    {
        Prompt = "a kite",
        Width = 128,
        Height = 64,
        NumFrames = 17,
        Seed = long.MaxValue / 4,
        Images = [new ImageConditioning(new BlobRef(new string('b', 64), 7), 8, 0.5)],
    };

    private static string Text(object sample) =>
        string.Create(CultureInfo.InvariantCulture, $"{sample.GetType().Name} {JsonSerializer.Serialize(sample, TextOptions)}");

    /// <summary>Checks an event's text, in which later versions may have more members: settings that were added with a default.</summary>
    private static void AssertMeans(string expected, string actual)
    {
        var (stored, read) = (expected.Split(' ', 2), actual.Split(' ', 2));
        Assert.Equal(stored[0], read[0]);
        AssertHas(JsonNode.Parse(stored[1]), JsonNode.Parse(read[1]), stored[0]);
    }

    private static void AssertHas(JsonNode? expected, JsonNode? actual, string path)
    {
        switch (expected)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    var found = Assert.IsType<JsonObject>(actual);
                    Assert.True(found.ContainsKey(name), $"{path} has lost {name}.");
                    AssertHas(value, found[name], $"{path}.{name}");
                }

                break;
            case JsonArray elements:
                var list = Assert.IsType<JsonArray>(actual);
                Assert.Equal(elements.Count, list.Count);
                foreach (var (index, element) in elements.Index())
                    AssertHas(element, list[index], $"{path}[{index}]");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(expected, actual), $"{path} is {actual?.ToJsonString()} instead of {expected}.");
                break;
        }
    }

    private object Read(string manifest, byte[] bytes) => _serializer.FromBinary(bytes, manifest);

    /// <summary>Allows failures by worker and stage kind, whose keys JSON has no form for.</summary>
    private sealed class WorkerKindConverter : JsonConverter<WorkerKind>
    {
        public override WorkerKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WorkerKind value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());

        public override void WriteAsPropertyName(Utf8JsonWriter writer, WorkerKind value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.ToString());
    }
}
