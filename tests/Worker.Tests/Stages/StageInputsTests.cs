using System.Net;
using System.Security.Cryptography;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Worker.Peers;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

/// <summary>Inputs from the local store, other workers and the coordinator, which is a blob server on a real socket.</summary>
public sealed class StageInputsTests : IAsyncLifetime
{
    private static readonly DenoiseStage Denoise =
        StagePlanner.Plan(new RenderSettings { Prompt = "fox" }).Stages.OfType<DenoiseStage>().First();

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private BlobStore _coordinator = null!;
    private BlobStore _peer = null!;
    private PeerServer _coordinatorServer = null!;
    private PeerServer _peerServer = null!;

    public async Task InitializeAsync()
    {
        (_coordinator, _peer) = (new BlobStore(_folder.File("coordinator")), new BlobStore(_folder.File("peer")));
        _coordinatorServer = await PeerServer.StartAsync(_coordinator, IPAddress.Loopback, configure: null, default);
        _peerServer = await PeerServer.StartAsync(_peer, IPAddress.Loopback, configure: null, default);
    }

    public async Task DisposeAsync()
    {
        await _coordinatorServer.DisposeAsync();
        await _peerServer.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Input_comes_from_another_worker_although_the_coordinator_is_gone()
    {
        var input = await StoreAsync(_peer);
        var files = await Artefacts().FetchAsync([input], new Uri("http://127.0.0.1:9"), default, SourcesOf([input]));
        Assert.Equal(input.Blob, BlobRef.OfFile(files[input.Name]));
    }

    [Fact]
    public async Task Input_comes_from_the_coordinator_if_the_other_worker_lacks_it()
    {
        var input = await StoreAsync(_coordinator);
        var files = await FetchAsync(Artefacts(), input);
        Assert.Equal(input.Blob, BlobRef.OfFile(files[input.Name]));
        Assert.Null(_peer.Find(input.Blob.Digest));
    }

    [Fact]
    public async Task Damaged_local_input_is_fetched_again()
    {
        var input = await StoreAsync(_coordinator);
        var artefacts = Artefacts();
        var file = (await FetchAsync(artefacts, input))[input.Name];
        await File.WriteAllTextAsync(file, "damaged");
        Assert.Equal(input.Blob, BlobRef.OfFile((await FetchAsync(artefacts, input))[input.Name]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Input_that_the_coordinator_lacks_is_reported_by_name(bool isDamaged)
    {
        var input = await StoreAsync(_coordinator);
        if (isDamaged)
            await File.WriteAllTextAsync(_coordinator.PathOf(input.Blob.Digest), "damaged");
        else
            _coordinator.Delete(input.Blob.Digest);
        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(Artefacts(), input));
        Assert.Equal(FailureKind.MissingInput, failure.Kind);
        Assert.Equal([input.Name], failure.MissingInputs);
        Assert.Empty(Directory.EnumerateFiles(_folder.File("local"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Input_that_the_assignment_lacks_is_reported_by_name()
    {
        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(Artefacts()));
        Assert.Equal(Denoise.Inputs, failure.MissingInputs);
    }

    [Fact]
    public async Task Cached_artefacts_make_room_for_inputs_under_the_quota()
    {
        var artefacts = Artefacts(quotaBytes: 250_000);
        var inputs = new[] { await StoreAsync(_coordinator), await StoreAsync(_coordinator), await StoreAsync(_coordinator) };
        await FetchAsync(artefacts, inputs[0]);
        await FetchAsync(artefacts, inputs[1]);
        await FetchAsync(artefacts, inputs[1], inputs[2] with { Name = "second" });
        Assert.Equal([true, false, false], inputs.Select(input => artefacts.Store.Find(input.Blob.Digest) is null));
    }

    [Fact]
    public async Task Input_over_the_quota_is_a_disk_failure()
    {
        var input = await StoreAsync(_coordinator);
        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(Artefacts(quotaBytes: 99_999), input));
        Assert.Equal(FailureKind.Disk, failure.Kind);
        Assert.Contains("has reached its quota of 100 kB (0 bytes used, 100 kB needed): raise --blob-quota.", failure.Message);
    }

    private StageArtefacts Artefacts(long? quotaBytes = null) => new(
        new BlobStore(_folder.File("local"), quotaBytes: quotaBytes), _http, TimeProvider.System,
        new PeerBlobs(_http, TimeProvider.System));

    private static async Task<NamedBlob> StoreAsync(BlobStore store) => new(
        Denoise.Inputs[0], await store.PutAsync(new MemoryStream(RandomNumberGenerator.GetBytes(100_000)), null, default));

    private Task<IReadOnlyDictionary<string, string>> FetchAsync(StageArtefacts artefacts, params NamedBlob[] inputs) =>
        artefacts.FetchAsync(inputs, _coordinatorServer.Address, default, SourcesOf(inputs));

    private Task<IReadOnlyList<NamedBlob>> RunAsync(StageArtefacts artefacts, params NamedBlob[] inputs) => artefacts.RunAsync(
        new AssignStage(
            new AttemptAddress(new StageAddress("b1", 1, Denoise.Id), 1), StageJson.Serialize(Denoise), inputs, SourcesOf(inputs)),
        _coordinatorServer.Address, (_, _, _) => throw new InvalidOperationException("The inputs are incomplete."), default);

    private List<BlobSource> SourcesOf(NamedBlob[] inputs) =>
        inputs.Select(input => new BlobSource(input.Blob.Digest, _peerServer.Address.ToString())).ToList();
}
