using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineChannelTests
{
    private static readonly Dictionary<string, string> Files = new() { ["pass1.context"] = "/data/blobs/ab" };

    [Fact]
    public void Messages_arrive_unchanged_and_in_order()
    {
        IEngineMessage[] messages =
        [
            new StartEngine { Version = "1", Model = "/model", Threads = 2, WeightMemory = 1.5, ResumeSeconds = 30, Measure = true,
                Checkpoint = "/model/dev.safetensors", TextEncoder = "/gemma" },
            new PrepareComponent(1, ModelComponent.Transformer), new CancelCall(2), new CallProgress(3, 0, 8), new CallEnded(4),
            new CallEnded(5, Failure: FailureKind.OutOfMemory, Message: "It does not fit.", IsOutOfSpace: true),
            new MemoryUsed(null, 5), new OfferEvaluations(6, 0, 4), new EvaluationsReceived(6, null), new TokensWritten(6, "full"),
            new EngineRefused("The model is unusable.", IsBadInput: true),
        ];
        Assert.Equal(messages, Sent(messages));
    }

    [Fact]
    public void Collections_arrive_unchanged_even_when_empty()
    {
        var run = (RunStage)Sent(new RunStage { Call = 1, StageJson = "{}", Inputs = [], Outputs = Files, Digests = Files })[0];
        Assert.Empty(run.Inputs);
        Assert.Equal(Files, run.Outputs);
        Assert.Equal(Files, run.Digests);
        var change = new ResidentChanged { Components = [ModelComponent.Upsampler], Loaded = ModelComponent.Upsampler, Seconds = 1 };
        Assert.Equal(change.Components, ((ResidentChanged)Sent(change)[0]).Components);
        Assert.Empty(((ResidentChanged)Sent(new ResidentChanged())[0]).Components);
        var capabilities = new WorkerCapabilities { MemoryBytes = 5, Components = [new ComponentSize(ModelComponent.Upsampler, 2, 1)] };
        var started = (EngineStarted)Sent(new EngineStarted { Device = "cpu", Capabilities = capabilities })[0];
        Assert.Equal((5, capabilities.Components[0]), (started.Capabilities!.MemoryBytes, started.Capabilities.Components[0]));
        Assert.Null(((EngineStarted)Sent(new EngineStarted())[0]).Capabilities);
    }

    [Fact]
    public void Too_large_message_is_refused_before_anything_is_sent()
    {
        using var output = new MemoryStream();
        Assert.Throws<InvalidDataException>(() => new EngineChannel(Stream.Null, output).Write(
            new EngineRefused(new string('x', EngineChannel.MaxBytes + 1), false)));
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void Anything_but_messages_is_reported()
    {
        using var printed = new MemoryStream("Welcome to a native library.\n"u8.ToArray());
        Assert.Throws<InvalidDataException>(() => new EngineChannel(printed, Stream.Null).Read());
        using var unknown = new MemoryStream([0, 0, 0, 0, 200]);
        Assert.Throws<InvalidDataException>(() => new EngineChannel(unknown, Stream.Null).Read());
        using var damaged = new MemoryStream([3, 0, 0, 0, 0, 255, 255, 255]);
        Assert.ThrowsAny<Exception>(() => new EngineChannel(damaged, Stream.Null).Read());
    }

    [Fact]
    public void Message_cut_off_by_the_end_of_a_process_is_reported()
    {
        using var output = new MemoryStream();
        new EngineChannel(Stream.Null, output).Write(new EngineRefused("The model is unusable.", IsBadInput: true));
        foreach (var length in new[] { 3, (int)output.Length - 1 })
        {
            using var cut = new MemoryStream(output.ToArray()[..length]);
            Assert.Throws<EndOfStreamException>(() => new EngineChannel(cut, Stream.Null).Read());
        }
    }

    private static List<IEngineMessage> Sent(params IEngineMessage[] messages)
    {
        using var stream = new MemoryStream();
        var channel = new EngineChannel(stream, stream);
        foreach (var message in messages)
            channel.Write(message);
        stream.Position = 0;
        var received = new List<IEngineMessage>();
        while (channel.Read() is { } message)
            received.Add(message);
        return received;
    }
}
