using System.Text.Json;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Json;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A worker process that gets its model from another one, in a farm with certificates.</summary>
public sealed class FetchModelsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly SecureFarm _farm = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _farm.DisposeAsync();

    [Fact]
    public async Task Worker_without_a_model_fetches_it_and_renders_without_the_other_one()
    {
        await _farm.StartCoordinatorAsync("127.0.0.1", new Dictionary<string, string> { ["Coordinator:Tls"] = "On" });
        var first = _farm.StartWorker("worker-1", model.Folder, await _farm.NewLineAsync());
        await first.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        var line = await _farm.NewLineAsync();
        FastDetection.Write(_farm.Folder["worker-2/data"]);
        var second = _farm.Start(
            "Worker", "worker-2", "--join", line.Join, "--name", "worker-2", "--token", line.Token, "--fetch-models");
        await second.ReadyAsync(CancellationToken.None).WaitAsync(Patience);

        var status = await _farm.FarmAsync("status", "--json");
        status.AssertDone();
        var models = JsonSerializer.Deserialize<FarmStatus>(status.Output, FarmJson.Options)!.Workers
            .Select(worker => (Digest: worker.Model, worker.ModelName)).ToList();
        Assert.Equal(2, models.Count);
        Assert.Equal(models[0], models[1]);
        Assert.True(File.Exists(Path.Combine(_farm.Folder["worker-2/data"], "models", models[0].Digest, "gemma", "config.json")));

        await Signals.TerminateAsync(first.ProcessId);
        await _farm.EndAsync(first);
        var csv = _farm.Folder.Write("rows.csv", "prompt,width,height,num_frames\na fox,64,64,9\n");
        (await _farm.FarmAsync("submit", csv, "--wait", "--output", _farm.Folder["clips"])).AssertDone();
        Assert.Single(Directory.EnumerateFiles(_farm.Folder["clips"], "*.mp4"));
    }
}
