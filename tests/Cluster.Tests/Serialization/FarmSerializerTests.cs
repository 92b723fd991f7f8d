using System.Runtime.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using MlxVideo.Cluster.Serialization;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Security;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Cluster.Tests.Serialization;

public sealed class FarmSerializerTests : TestKit
{
    private static readonly AttemptAddress Attempt = new(new StageAddress("b1", 3, "denoise-1"), 2);
    private static readonly NamedBlob Blob = new("prompt.context", new BlobRef(new string('a', 64), 12));

    internal static readonly IReadOnlyList<IFarmMessage> Examples =
    [
        new WorkerHello("id", "epoch", "mini", "mps", "model", new WorkerCapabilities(), "ltx-2", []),
        new WorkerHello("id", "epoch", "mini", "mps", "model", new WorkerCapabilities
        {
            MemoryBytes = 24L << 30,
            WeightBytes = 12L << 30,
            TeraflopsPerSecond = 3.5,
            DiskBytesPerSecond = 2e9,
            LinkBytesPerSecond = 1e8,
            Precision = "bfloat16",
            Arithmetic = "arm64 mps bfloat16 metal-safe 1",
            BytesPerElement = 2,
            Components =
                [new ComponentSize(ModelComponent.Transformer, 38L << 30, 3L << 30),
                    new ComponentSize(ModelComponent.AudioDecoder, 1 << 20, 1 << 20)],
            Tags = ["fast", "office"],
            Hours = new AllowedHours(20 * 60, 0, -120),
            Unfit = "The device 'mps' returns NaN or infinity for 'rms-norm'.",
        }, "ltx-2", [], "http://10.0.0.2:5000"),
        new WorkerHello("id", "epoch", "mini", "mps", "model", new WorkerCapabilities(), "ltx-2", [Attempt])
        {
            Proof = new HelloProof([1, 2], [3]),
            Version = "0.1.0+1a2b3c4d",
            ClockMs = 1_767_225_600_000,
        },
        new WorkerResident("id", [ModelComponent.TextEncoder, ModelComponent.Transformer], ModelComponent.Transformer, 12.5),
        new WorkerResident("id", [], null, 0),
        new PrefetchComponent(ModelComponent.VideoDecoder),
        new WorkerLink("id", 1.1e8),
        new WorkerGoodbye("id", "epoch"),
        new WorkerWelcome("http://127.0.0.1:8080", 15),
        new WorkerWelcome("http://127.0.0.1:8080", 15, ["01AF", "02"]),
        new WorkerRefused("no"),
        new AssignStage(Attempt, "{}", [Blob]),
        new AssignStage(Attempt, "{}", []),
        new AssignStage(Attempt, "{}", [Blob], [new BlobSource(Blob.Blob.Digest, "http://10.0.0.2:5000")]),
        new CancelAttempt(Attempt),
        new DrainWorker(Now: true),
        new AttemptProgress(Attempt, 3, 8),
        new AttemptDone(Attempt, [Blob, Blob]),
        new AttemptDone(Attempt, []),
        new AttemptFailed(Attempt, FailureKind.OutOfMemory, "too large"),
        new AttemptFailed(Attempt, FailureKind.MissingInput, "lost", ["latent", "prompt.context"]),
        new AttemptLog(Attempt, 12, [new LogLine(1_767_225_600_000, "step 1/8"), new LogLine(1, "")]),
        new AttemptLog(Attempt, 1, []),
        new ReportAcknowledged(Attempt),
        new AssignOffload(new OffloadAddress(Attempt, 2), "{}", [Blob]),
        new AssignOffload(new OffloadAddress(Attempt, 2), "{}", []),
        new AssignOffload(new OffloadAddress(Attempt, 2), "{}", [Blob], [new BlobSource(Blob.Blob.Digest, "http://10.0.0.2:5000")]),
        new OffloadReady(new OffloadAddress(Attempt, 2)),
        new OffloadFailed(new OffloadAddress(Attempt, 2), FailureKind.Machine, "too slow"),
        new CancelOffload(new OffloadAddress(Attempt, 2)),
        new HelperJoined(new OffloadAddress(Attempt, 2), 3),
        new HelperLeft(new OffloadAddress(Attempt, 2)),
    ];

    private readonly FarmSerializer _serializer;

    public FarmSerializerTests() => _serializer = new FarmSerializer((ExtendedActorSystem)Sys);

    public static TheoryData<int> ExampleIndices() => [.. Enumerable.Range(0, Examples.Count)];

    [Theory]
    [MemberData(nameof(ExampleIndices))]
    public void Messages_round_trip(int example)
    {
        var message = Examples[example];
        var bytes = _serializer.ToBinary(message);
        var back = _serializer.FromBinary(bytes, _serializer.Manifest(message));

        Assert.IsType(message.GetType(), back);
        Assert.Equal(Json(message), Json(back));
    }

    private static string Json(object message) => System.Text.Json.JsonSerializer.Serialize(message, message.GetType());

    [Fact]
    public void Every_protocol_message_has_an_example()
    {
        var all = typeof(IFarmMessage).Assembly.GetTypes().Where(type => type.IsClass && typeof(IFarmMessage).IsAssignableFrom(type));
        Assert.Empty(all.Except(Examples.Select(example => example.GetType())));
    }

    [Fact]
    public void Manifests_contain_no_type_names() =>
        Assert.All(Examples, example => Assert.Matches("^[a-z]{2}[0-9]$", _serializer.Manifest(example)));

    [Fact]
    public void Unknown_manifests_and_types_are_refused()
    {
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "System.Diagnostics.Process"));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary("text"));
    }

    [Fact]
    public void Messages_over_the_frame_size_are_refused_by_the_sender() =>
        Assert.Throws<SerializationException>(
            () => _serializer.ToBinary(new AttemptFailed(Attempt, FailureKind.Machine, new string('x', FarmSerializer.MaxBytes))));
}
