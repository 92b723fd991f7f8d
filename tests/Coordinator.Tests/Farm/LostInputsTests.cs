using Akka.TestKit;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>Inputs that a worker can't fetch, or that are found lost before muxing; and inputs that other workers have.</summary>
public sealed class LostInputsTests : FarmActorTestKit
{
    private const string Context = "prompt.context";

    [Fact]
    public void Input_that_the_store_lacks_is_computed_again()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        var encoded = CompleteUniquely(worker, worker.ExpectMsg<AssignStage>());
        Muxing.Stored = blob => blob.Digest != encoded;
        Report(worker, worker.ExpectMsg<AssignStage>(), Context);

        Muxing.Stored = _ => true;
        var again = worker.ExpectMsg<AssignStage>();

        Assert.Equal(new AttemptAddress(new StageAddress(id, 1, "encode-prompt"), 2), again.Attempt);
        CompleteUniquely(worker, again);
        Assert.Equal(new AttemptAddress(new StageAddress(id, 1, "denoise-1"), 2), worker.ExpectMsg<AssignStage>().Attempt);
    }

    [Fact]
    public void Input_that_is_in_order_is_charged_to_the_worker_that_can_not_read_it()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        CompleteUniquely(worker, worker.ExpectMsg<AssignStage>());
        for (var failure = 0; failure < FarmDecisions.MaxFailures; failure++)
            Report(worker, worker.ExpectMsg<AssignStage>(), Context);
        Assert.Equal("denoise-1: the input is damaged", Assert.Single(Ended(id).Clips).Error);
    }

    [Fact]
    public void Worker_is_not_lost_while_the_store_is_examined()
    {
        var worker = Join("w1");
        Submit(1, audio: false);
        CompleteUniquely(worker, worker.ExpectMsg<AssignStage>());
        var denoise = worker.ExpectMsg<AssignStage>();
        var examination = new TaskCompletionSource<IReadOnlyList<string>>();
        Muxing.Examination = examination.Task;
        Report(worker, denoise, Context);

        Advance(TimeSpan.FromMinutes(1));

        Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers);
        Assert.False(worker.HasMessages);
        examination.SetResult([Context]);
        Assert.Equal("encode-prompt", worker.ExpectMsg<AssignStage>().Attempt.Stage.StageId);
    }

    [Fact]
    public void Tile_found_lost_before_muxing_is_decoded_again()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        for (var assignment = worker.ExpectMsg<AssignStage>(); ; assignment = worker.ExpectMsg<AssignStage>())
        {
            if (StageJson.Deserialize(assignment.StageJson) is DecodeVideoStage decode && assignment.Attempt.Number == 1)
                Muxing.Failures.Enqueue(new ClipMuxingException(FailureKind.MissingInput, "lost") { MissingInputs = [decode.Frames] });
            CompleteUniquely(worker, assignment);
            if (assignment.Attempt.Number == 2)
            {
                Assert.StartsWith("decode-video-", assignment.Attempt.Stage.StageId, StringComparison.Ordinal);
                break;
            }
        }

        AwaitAssert(() =>
        {
            Advance(TimeSpan.FromSeconds(2)); // muxing is retried after a pause
            Assert.Equal(ClipState.Finished, Assert.Single(View(id).Clips).State);
        });
    }

    [Fact]
    public void Assignment_names_the_workers_that_have_its_inputs()
    {
        Policy.IsFree = false;
        var (maker, user) = (JoinWithBlobs("w1", "http://10.0.0.1:5001/"), JoinWithBlobs("w2", "http://10.0.0.2:5002/"));
        var id = Submit(1, audio: false);
        var encode = new StageAddress(id, 1, "encode-prompt");
        var encoded = CompleteUniquely(maker, Assign(maker, encode, "w1"));

        Assert.Equal(
            [new BlobSource(encoded, "http://10.0.0.1:5001/")], Assign(user, encode with { StageId = "denoise-1" }, "w2").Sources);
    }

    [Fact]
    public void Worker_is_not_referred_to_itself_or_to_a_worker_that_left()
    {
        Policy.IsFree = false;
        var (maker, user) = (JoinWithBlobs("w1", "http://10.0.0.1:5001/"), JoinWithBlobs("w2", "http://10.0.0.2:5002/"));
        var id = Submit(1, audio: false);
        var encode = new StageAddress(id, 1, "encode-prompt");
        CompleteUniquely(maker, Assign(maker, encode, "w1"));
        var denoise = Assign(maker, encode with { StageId = "denoise-1" }, "w1");
        Assert.Empty(denoise.Sources);

        Farm.Tell(new WorkerGoodbye("w1", "e1"), maker);
        Assert.Empty(Assign(user, encode with { StageId = "denoise-1" }, "w2").Sources);
    }

    [Fact]
    public void Models_are_listed_with_the_workers_that_have_them()
    {
        var left = JoinWithBlobs("w1", "http://10.0.0.1:5001/");
        JoinWithBlobs("w2", "http://10.0.0.2:5002/");
        JoinWithBlobs("w3", "http://10.0.0.3:5003/", model: "n");
        Join("w4"); // serves nothing
        Farm.Tell(new WorkerGoodbye("w1", "e1"), left);

        var models = Ask<FarmModels>(FarmQueries.GetModels.Instance).Models.OrderBy(model => model.Digest).ToList();
        Assert.Equal(["m", "n"], models.Select(model => model.Digest));
        Assert.Equal([["name of m"], ["name of n"]], models.Select(model => model.Names));
        Assert.Equal([["http://10.0.0.2:5002/"], ["http://10.0.0.3:5003/"]], models.Select(model => model.Sources));
    }

    private TestProbe JoinWithBlobs(string id, string blobs, string model = "m")
    {
        var probe = CreateTestProbe();
        Farm.Tell(new WorkerHello(id, "e1", id, "cpu", model, Capabilities, $"name of {model}", [], blobs), probe);
        probe.ExpectMsg<WorkerWelcome>();
        return probe;
    }

    private AssignStage Assign(TestProbe worker, StageAddress stage, string id)
    {
        Policy.Decide(Decision.Nothing with { Assign = [new Assignment(stage, id)] });
        Advance(TimeSpan.FromSeconds(1));
        return worker.ExpectMsg<AssignStage>();
    }

    /// <summary>Completes a stage with outputs that no other stage has.</summary>
    /// <returns>Digest of the first output.</returns>
    private string CompleteUniquely(TestProbe worker, AssignStage assignment)
    {
        var outputs = StageJson.Deserialize(assignment.StageJson).Outputs
            .Select(name => new NamedBlob(name, BlobOf(assignment, name))).ToList();
        Farm.Tell(new AttemptDone(assignment.Attempt, outputs), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        return outputs[0].Blob.Digest;
    }

    private static BlobRef BlobOf(AssignStage assignment, string name) =>
        new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes($"{assignment.Attempt.Stage}/{name}"))), 1);

    private void Report(TestProbe worker, AssignStage assignment, string input)
    {
        Farm.Tell(new AttemptFailed(assignment.Attempt, FailureKind.MissingInput, "the input is damaged", [input]), worker);
        worker.ExpectMsg<ReportAcknowledged>();
    }
}
