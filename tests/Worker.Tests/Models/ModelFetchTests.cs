using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Models;

namespace MlxVideo.Worker.Tests.Models;

/// <summary>Models fetched from other workers over real sockets.</summary>
public sealed class ModelFetchTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IAsyncLifetime
{
    private const int Cut = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private ModelFarm _farm = null!;

    private ModelLocation Tiny => new(tiny.Model.Path);

    public async Task InitializeAsync() => _farm = await ModelFarm.StartAsync();

    public async Task DisposeAsync()
    {
        await _farm.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fetched_model_has_the_same_digest_and_is_not_fetched_again()
    {
        var digest = await _farm.AddWorkerAsync(Tiny);
        await File.WriteAllTextAsync(Path.Combine(tiny.Model.Path, "notes.txt"), "not a part of the model");
        var model = await _farm.FetchAsync();

        Assert.Equal((digest, "tiny"), (model.Digest, model.Name));
        Assert.Equal(digest, _farm.DigestOf(model));
        Assert.Equal([$"{digest}", $"{digest}.json"], NamesIn(_farm.Store.Folder));
        Assert.False(File.Exists(Path.Combine(_farm.Store.FolderOf(digest), "notes.txt")));
        // The engine need not hash it again.
        Assert.All(model.Files, file => Assert.Equal(
            file.Sha256, _farm.Hashes.Find(Path.Combine(_farm.Store.FolderOf(digest), file.Path))));

        _farm.Models[0] = _farm.Models[0] with { Names = ["renamed"], Sources = ["http://127.0.0.1:1"] };
        Assert.Equal(digest, (await _farm.FetchAsync("renamed")).Digest);
        await _farm.StopWorkersAsync();
        _farm.Models.Clear();
        Assert.Equal(digest, (await _farm.FetchAsync()).Digest);
        Assert.Equal(digest, (await _farm.FetchAsync("tiny")).Digest);
        Assert.Equal(digest, (await _farm.FetchAsync(digest[..8])).Digest);
    }

    [Fact]
    public async Task Model_behind_links_with_its_text_encoder_elsewhere_becomes_one_folder()
    {
        var (model, text) = (Directory.CreateDirectory(_folder.File("snapshot")).FullName, _folder.File("text"));
        Directory.CreateSymbolicLink(text, tiny.Model.GemmaFolder);
        foreach (var file in FolderFiles.Enumerate(tiny.Model.Path, "*.safetensors"))
            File.CreateSymbolicLink(Path.Combine(model, Path.GetFileName(file)), file);
        var digest = await _farm.AddWorkerAsync(new ModelLocation(model, TextEncoder: text));

        Assert.Equal(digest, _farm.DigestOf(await _farm.FetchAsync()));
        Assert.Equal(ModelFingerprint.Of(tiny.Model, _farm.Hashes), digest);
    }

    [Fact]
    public async Task Progress_is_reported_while_files_arrive()
    {
        await _farm.AddWorkerAsync(Tiny);
        using var reported = new ManualResetEventSlim();
        _farm.Noticed = notice =>
        {
            if (notice.Contains(" % (", StringComparison.Ordinal))
                reported.Set();
        };
        _farm.Faults.Received = _ => Assert.True(reported.Wait(Patience));
        await _farm.FetchAsync();
        Assert.True(reported.IsSet);
    }

    [Fact]
    public async Task Broken_connection_is_continued()
    {
        await _farm.AddWorkerAsync(Tiny);
        _farm.Faults.Choose = (_, length) => length > 2 * Cut ? new BodyFault(Cut, IsLie: false) : null;
        var model = await _farm.FetchAsync();

        Assert.Equal(model.Digest, _farm.DigestOf(model));
        Assert.Equal(model.TotalBytes, _farm.Faults.ReceivedBytes); // nothing arrived twice
        Assert.Contains(_farm.Faults.Requests, request => request.From == Cut && request.Status == HttpStatusCode.PartialContent);
        Assert.Contains(_farm.Notices, notice => notice.Contains("trying again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelled_fetch_is_continued_by_the_next_process()
    {
        await _farm.AddWorkerAsync(Tiny);
        using var interrupt = new CancellationTokenSource();
        _farm.Faults.Received = _ =>
        {
            if (Interlocked.Read(ref _farm.Faults.ReceivedBytes) > 2 * Cut)
                interrupt.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _farm.FetchAsync(cancellationToken: interrupt.Token));
        Assert.Empty(_farm.Store.FindComplete());
        var list = Assert.IsType<ModelFileList>(_farm.Store.FindList(_farm.Models[0].Digest));
        var kept = _farm.Store.DoneBytes(list);
        Assert.True(kept > 0);

        _farm.Faults.Received = _ => { };
        _farm.Faults.ReceivedBytes = 0;
        var model = await _farm.FetchAsync();
        Assert.Equal(model.Digest, _farm.DigestOf(model));
        Assert.Equal(model.TotalBytes - kept, _farm.Faults.ReceivedBytes);
    }

    [Fact]
    public async Task Fetch_goes_on_with_another_worker_when_one_drops_out()
    {
        var digest = await _farm.AddWorkerAsync(Tiny);
        var (dead, alive) = (new Uri("http://127.0.0.1:1"), _farm.Models[0].Sources[0]);
        _farm.Models[0] = new HeldModel(digest, ["tiny"], [dead.ToString(), alive]);
        Assert.Equal(digest, _farm.DigestOf(await _farm.FetchAsync()));
        Assert.Contains(_farm.Notices, notice => notice.Contains(dead.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_finds_a_worker_that_has_another_address_after_a_restart()
    {
        await _farm.AddWorkerAsync(Tiny);
        var before = _farm.Models[0];
        _farm.Models[0] = before with { Sources = ["http://127.0.0.1:1"] };
        _farm.Noticed = _ => _farm.Models[0] = before;
        Assert.Equal(before.Digest, (await _farm.FetchAsync()).Digest);
    }

    [Fact]
    public async Task File_with_a_wrong_hash_is_fetched_again()
    {
        await _farm.AddWorkerAsync(Tiny);
        _farm.Faults.Choose = (number, _) => number == 1 ? new BodyFault(Position: 0, IsLie: true) : null;
        var model = await _farm.FetchAsync();
        Assert.Equal(model.Digest, _farm.DigestOf(model));
        Assert.Contains(_farm.Notices, notice => notice.Contains("wrong hash", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Model_of_a_worker_that_always_sends_something_else_does_not_appear()
    {
        await _farm.AddWorkerAsync(Tiny);
        _farm.Faults.Choose = (_, _) => new BodyFault(Position: 0, IsLie: true);
        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync());
        Assert.Contains("wrong hash", ex.Message);
        Assert.Empty(_farm.Store.FindComplete());
    }

    [Fact]
    public async Task Files_that_are_another_model_are_deleted()
    {
        await _farm.AddWorkerAsync(Tiny);
        var (digest, genuine) = (new string('a', 64), new Uri(_farm.Models[0].Sources[0]));
        using var http = new HttpClient();
        var list = await new ModelClient(http).ListFilesAsync(genuine, _farm.Models[0].Digest, CancellationToken.None);
        await using var liar = await ModelFarm.ServeAsync(app =>
        {
            app.MapGet($"/models/{digest}", () => Results.Json(list with { Digest = digest }, FarmJson.Options));
            app.MapGet($"/models/{digest}/files/{{hash}}", (string hash) => Results.File(
                Path.Combine(tiny.Model.Path, list.Files.First(file => file.Sha256 == hash).Path)));
        });
        _farm.AddSource(digest, "other", new Uri(liar.Urls.Single()));

        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync("other"));
        Assert.Contains("their digest is", ex.Message);
        Assert.Empty(NamesIn(_farm.Store.Folder));
    }

    [Theory]
    [InlineData("../escaped.json")]
    [InlineData("/escaped.json")]
    [InlineData("gemma/../../escaped.json")]
    [InlineData("run.sh")]
    public async Task List_with_a_path_outside_the_folder_is_refused(string path)
    {
        var digest = new string('a', 64);
        await using var liar = await ModelFarm.ServeAsync(app => app.MapGet($"/models/{digest}", () => Results.Json(
            new ModelFileList(digest, "evil", [new ListedFile(path, 1, new string('b', 64))]), FarmJson.Options)));
        _farm.AddSource(digest, "evil", new Uri(liar.Urls.Single()));

        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync());
        Assert.Contains("is not the path of a model's file", ex.Message);
        Assert.Empty(_farm.Faults.Requests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_farm.Data));
    }

    [Fact]
    public async Task Model_that_does_not_fit_on_the_disk_is_not_fetched()
    {
        await _farm.AddWorkerAsync(Tiny);
        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync(disk: new SmallVolume(_farm.Data)));
        Assert.Matches(@"needs \d+(\.\d)? MB, but only 1.5 kB are free at .*models: free some space, .* --data\.$", ex.Message);
        Assert.Empty(_farm.Faults.Requests);
    }

    [Fact]
    public async Task Farm_with_several_models_needs_a_choice()
    {
        var digest = await _farm.AddWorkerAsync(Tiny, "red");
        _farm.AddSource(new string('c', 64), "blue", new Uri("http://127.0.0.1:1"));
        var ex = await Assert.ThrowsAsync<InvalidConfigurationException>(() => _farm.FetchAsync());
        Assert.Contains($"Available: red ({digest[..12]}); blue (cccccccccccc).", ex.Message);
        Assert.Contains("--model-name", ex.Message);

        var missing = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync("green"));
        Assert.Contains("No worker in the farm at farm:4053 has a model 'green'", missing.Message);
        Assert.Equal(digest, (await _farm.FetchAsync("RED")).Digest);
    }

    [Fact]
    public async Task Worker_with_an_address_of_another_scheme_is_not_asked()
    {
        // In a farm with certificates, it would be one without.
        _farm.AddSource(new string('a', 64), "tiny", new Uri("https://127.0.0.1:1"));
        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync());
        Assert.Contains("no worker in the farm has the model", ex.Message);
    }

    [Fact]
    public async Task Farm_without_models_is_reported()
    {
        var ex = await Assert.ThrowsAsync<IOException>(() => _farm.FetchAsync());
        Assert.Contains("start one there with --model FOLDER first", ex.Message);
    }

    private static IEnumerable<string?> NamesIn(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private sealed class SmallVolume(string folder) : Volume(folder)
    {
        public override long FreeBytes => 2000;

        public override long ReserveBytes => 500;
    }
}
