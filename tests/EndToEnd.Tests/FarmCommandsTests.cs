using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cluster.Hosting;
using MlxVideo.EndToEnd.Tests.Interfaces;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Pbm;
using MlxVideo.Pbm.Tests;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Security;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Gives every command to a farm of processes by command line, HTTP and pbm, and compares the results.</summary>
public sealed partial class FarmCommandsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IAsyncLifetime
{
    /// <summary>Members that differ between two runs of the same command.</summary>
    private static readonly IReadOnlySet<string> Volatile = new HashSet<string>
    {
        "version", "elapsed_s", "remaining", "token", "expires_at", "submitted_at", "ended_at", "at", "stages", "memory", "finding",
        "clock_ahead_s",
    };

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly SecureFarm _farm = new();
    private readonly Dictionary<string, string> _names = []; // names and ids of workers, with what replaces them in comparisons
    private readonly HashSet<FarmCommand> _walked = [];
    private FarmConnection _connection = null!;
    private string _token = "";
    private IReadOnlyList<FarmInterface> _interfaces = [];

    public async Task InitializeAsync()
    {
        var port = UnassignedPort.Find();
        await _farm.StartCoordinatorAsync(
            "127.0.0.1", new Dictionary<string, string> { ["Coordinator:Tls"] = "On", ["Coordinator:PbmPort"] = $"{port}" }, "PbmNode");
        _token = Assert.Single(await File.ReadAllLinesAsync(_farm.Folder["config/mlx-video/farm-tokens"]));
        _connection = await FarmConnection.OpenAsync(new Uri(_farm.Api), _token, CancellationToken.None);
        _interfaces = [new CommandLineInterface(_farm), new HttpInterface(_connection.Http, _farm), new PbmInterface(port)];
    }

    public async Task DisposeAsync()
    {
        _connection?.Dispose();
        await _farm.DisposeAsync();
    }

    [Fact]
    public async Task Every_command_has_the_same_result_through_each_interface()
    {
        var workers = await JoinWorkersAsync();
        await WalkStatusAsync();
        await WalkBatchesAsync();
        await WalkClusterAsync();
        await WalkWorkersAsync(workers);
        Assert.Empty(FarmCommands.All.Except(_walked).Select(command => command.FullName));
    }

    [Fact]
    public async Task Help_lists_every_command()
    {
        foreach (var palette in FarmCommands.All.GroupBy(command => command.Palette))
        {
            var help = await _farm.CliAsync([.. palette.First().FullName.Split(' ').SkipLast(1), "--help"]);
            Assert.All(palette, command => Assert.Matches($@"(?m)^ +{command.Name}\b", help.Output));
        }
    }

    /// <summary>A worker has no rights of its own: its console acts for the operator of the worker's machine.</summary>
    [Fact]
    public async Task Pbm_on_another_node_executes_commands_with_the_operators_token()
    {
        var command = Command("farm worker list");
        var expected = Comparable(await _interfaces[1].RunAsync(command, new Dictionary<string, string>()));
        Assert.Equal(expected, Comparable(await RunAsync(_token)));
        var stranger = FarmToken.ForOperator(FarmToken.ParseOperator(_token).Authority).ToString();
        Assert.Contains("not valid in this farm", (await RunAsync(stranger)).Refusal);

        async Task<CommandOutcome> RunAsync(string token)
        {
            var port = UnassignedPort.Find();
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Services.AddAkka(
                "node", akka => akka.AddConsole(PbmConsole.Add, port, () => new OperatorFarmGateway(new Uri(_farm.Api), token)));
            using var node = builder.Build();
            await node.StartAsync();
            var outcome = await new PbmInterface(port).RunAsync(command, new Dictionary<string, string>());
            await node.StopAsync();
            return outcome;
        }
    }

    /// <summary>A token of each interface lets one worker join.</summary>
    private async Task<IReadOnlyDictionary<FarmInterface, Daemon>> JoinWorkersAsync()
    {
        var tokens = await CompareAsync("farm token", _ => new() { ["expires"] = "10m" });
        var workers = _interfaces.ToDictionary(each => each, each => _farm.StartWorker(
            WorkerOf(each), model.Folder,
            new JoinLine(tokens[each]["join"]!.GetValue<string>(), tokens[each]["token"]!.GetValue<string>())));
        await Task.WhenAll(workers.Values.Select(worker => worker.ReadyAsync(CancellationToken.None).WaitAsync(Patience)));
        foreach (var worker in (await _connection.Client.GetFarmAsync(CancellationToken.None)).Workers)
            (_names[worker.Name], _names[worker.Id]) = ("WORKER", "WORKER-ID");
        return workers;
    }

    private async Task WalkStatusAsync()
    {
        await CompareAsync("farm status");
        await CompareAsync("farm top");
        await CompareAsync("farm worker list");
        await CompareAsync("farm doctor");
        await CompareAsync("farm events", _ => new() { ["limit"] = "5" });
        await CompareAsync("farm events", _ => new() { ["follow"] = "true" });
        await CompareAsync("farm worker show", _ => new() { ["worker"] = "cli-worker" });
        await CompareAsync("farm worker tag", _ => new() { ["worker"] = "cli-worker", ["tags"] = "fast,big" });
        await CompareAsync("farm worker hours", _ => new() { ["worker"] = "cli-worker", ["hours"] = "00:00-23:59" });
        await CompareAsync("farm worker hours", _ => new() { ["worker"] = "cli-worker" });
    }

    private async Task WalkBatchesAsync()
    {
        // The second row waits for ever, which leaves the batch open.
        var csv = _farm.Folder.Write("rows.csv", "prompt,width,height,num_frames,tag\na fox,64,64,9,\na hare,64,64,9,absent\n");
        var batches = await CompareAsync("farm submit", each => new() { [FarmInterface.Csv] = csv, ["client_token"] = $"{each}" });
        var ids = batches.ToDictionary(each => each.Key, each => each.Value["id"]!.GetValue<string>());
        await Task.WhenAll(ids.Values.Select(UntilFirstRowFinishedAsync));
        Dictionary<string, string> Own(FarmInterface each) => new() { ["batch"] = ids[each] };

        await CompareAsync("farm list", _ => new() { ["limit"] = "2" });
        await CompareAsync("farm show", Own);
        await CompareAsync("farm logs", _ => new() { ["batch"] = ids[_interfaces[0]], ["row"] = "1" });
        await CompareAsync("farm logs", _ => new() { ["batch"] = ids[_interfaces[0]], ["follow"] = "true" });
        await CompareAsync("farm pause", Own);
        await CompareAsync("farm resume", Own);
        await CompareAsync("farm priority", each => new(Own(each)) { ["priority"] = "5", ["row"] = "2" });
        await CompareAsync("farm deadline", each => new(Own(each)) { ["deadline"] = "2126-07-01T18:00:00Z" });
        await CompareAsync("farm cancel", Own);
        await CompareAsync("farm retry", each => new(Own(each)) { ["row"] = "2" });
        await CompareAsync("farm cancel", Own);
        await CompareAsync("farm watch", Own);
        await CompareAsync("farm remove", each => new(Own(each)) { ["dry_run"] = "true" });
        await CompareCollectAsync(Own);
        await CompareAsync("farm remove", Own);
        await CompareAsync("farm show", Own, isRefused: true);
    }

    /// <summary>The command line downloads the clips and reports on them; the others list them.</summary>
    private async Task CompareCollectAsync(Func<FarmInterface, Dictionary<string, string>> own)
    {
        var collect = Command("farm collect");
        var lists = new List<JsonNode>();
        foreach (var each in _interfaces.Skip(1))
            lists.Add((await each.RunAsync(collect, own(each))).Result!);
        var clips = lists.Select(list => Assert.Single(list["clips"]!.AsArray())!).ToList();
        Assert.Equal(clips[0].ToJsonString(), clips[1].ToJsonString());

        // Its exit code reports the cancelled row.
        Assert.NotNull((await _interfaces[0].RunAsync(collect, own(_interfaces[0]))).Refusal);
        var file = Path.Combine(_farm.Folder["collected"], clips[0]["output"]!.GetValue<string>());
        Assert.Equal(clips[0]["bytes"]!.GetValue<long>(), new FileInfo(file).Length);
        _walked.Add(collect);
    }

    /// <summary>Without pbm, which has a palette of Petabridge.Cmd for the cluster.</summary>
    private async Task WalkClusterAsync()
    {
        await CompareAsync("farm cluster show");
        await CompareAsync("farm cluster status");
        await CompareAsync("farm cluster tail");
        await CompareAsync("farm cluster down-unreachable");
        Dictionary<string, string> Stranger(FarmInterface each) => new() { ["address"] = "akka.ssl.tcp://mlxvideo@127.0.0.1:1" };
        await CompareAsync("farm cluster join", Stranger, isRefused: true);
        await CompareAsync("farm cluster leave", Stranger, isRefused: true);
        await CompareAsync("farm cluster down", Stranger, isRefused: true);
    }

    private async Task WalkWorkersAsync(IReadOnlyDictionary<FarmInterface, Daemon> workers)
    {
        Dictionary<string, string> Own(FarmInterface each) => new() { ["worker"] = WorkerOf(each) };
        // Tags are what the farm remembers of a worker that has left.
        foreach (var each in _interfaces)
            await _connection.Client.ExecuteAsync(new TagWorker(WorkerOf(each), ["own"]), CancellationToken.None);
        await CompareAsync("farm worker drain", each => new(Own(each)) { ["now"] = "true" });
        await Task.WhenAll(workers.Values.Select(_farm.EndAsync));
        await CompareAsync("farm worker resume", Own);
        await CompareAsync("farm worker revoke", Own);
        await CompareAsync("farm worker forget", Own);
    }

    private static string WorkerOf(FarmInterface each) => $"{each}-worker";

    private static FarmCommand Command(string fullName) => FarmCommands.All.Single(command => command.FullName == fullName);

    /// <summary>Executes a command through each interface and compares the outcomes.</summary>
    /// <returns>The results by interface.</returns>
    private async Task<IReadOnlyDictionary<FarmInterface, JsonNode>> CompareAsync(
        string fullName, Func<FarmInterface, Dictionary<string, string>>? arguments = null, bool isRefused = false)
    {
        var command = Command(fullName);
        var results = new Dictionary<FarmInterface, JsonNode>();
        string? expected = null;
        foreach (var each in _interfaces.Where(each => each is not PbmInterface || command.Palette != FarmPalette.Cluster))
        {
            var outcome = await each.RunAsync(command, arguments?.Invoke(each) ?? []);
            Assert.True(outcome.Refusal is null != isRefused, $"{fullName} through {each}: {outcome.Refusal ?? "not refused"}");
            var comparable = Comparable(outcome);
            Assert.True(
                comparable == (expected ??= comparable), $"{fullName} through {each}:\n{comparable}\ninstead of\n{expected}");
            if (outcome.Result is { } result)
                results.Add(each, result);
        }

        _walked.Add(command);
        return results;
    }

    /// <summary>Returns an outcome as text without what differs between the interfaces.</summary>
    private string Comparable(CommandOutcome outcome)
    {
        var node = outcome.Result?.DeepClone();
        if (node is not null)
            RemoveVolatile(node);
        var text = node?.ToJsonString() ?? outcome.Refusal!;
        return _names.Aggregate(
            BatchIdPattern().Replace(text, "BATCH"), (replaced, name) => replaced.Replace(name.Key, name.Value, StringComparison.Ordinal));
    }

    private static void RemoveVolatile(JsonNode node)
    {
        if (node is JsonObject members)
        {
            if (members.ContainsKey("clips"))
                members.Remove("workers"); // those that happened to get the batch's stages
            foreach (var name in Volatile)
                members.Remove(name);
            foreach (var (_, value) in members)
                if (value is not null)
                    RemoveVolatile(value);
        }
        else if (node is JsonArray items)
        {
            // Only the command line examines its own connection.
            items.RemoveAll(item => item is JsonObject && item["check"]?.GetValue<string>() == "coordinator");
            foreach (var item in items)
                RemoveVolatile(item!);
        }
    }

    [GeneratedRegex(@"b\d{8}-\d{6}-\d+")]
    private static partial Regex BatchIdPattern();

    private async Task UntilFirstRowFinishedAsync(string batch)
    {
        using var timeout = new CancellationTokenSource(Patience);
        BatchView? view = null;
        while (view?.Clips[0].State != ClipState.Finished)
            view = await _connection.Client.GetBatchAsync(batch, view?.Version, timeout.Token);
    }
}
