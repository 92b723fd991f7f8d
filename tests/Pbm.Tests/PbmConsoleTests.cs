using System.Text.Json;
using Akka.Hosting;
using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlxVideo.Cli.Tests;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using Petabridge.Cmd;
using Petabridge.Cmd.Common.Client;
using Petabridge.Cmd.Host;

namespace MlxVideo.Pbm.Tests;

/// <summary>The palettes, driven through the substitute of Petabridge.Cmd.</summary>
public sealed class PbmConsoleTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly FakeFarm _farm = new();
    private readonly TemporaryFolder _folder = new();
    private IHost _host = null!;
    private IPbmClient _client = null!;

    private Akka.Actor.ActorSystem Actors => _host.Services.GetRequiredService<Akka.Actor.ActorSystem>();

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka("pbm", (akka, _) => PbmConsole.Add(akka, UnassignedPort.Find(), () => _farm));
        _host = builder.Build();
        await _host.StartAsync();
        _client = await PetabridgeCmd.Get(Actors).StartLocalClient(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Commands() =>
        [.. FarmCommands.All.Where(command => command.Palette != FarmPalette.Cluster).Select(command => command.FullName)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_is_offered(string fullName)
    {
        var command = FarmCommands.All.Single(command => command.FullName == fullName);
        // Petabridge.Cmd's parser knows the command: it complains about the switch.
        var response = Assert.Single(await RunAsync($"{command.PaletteName} {command.Name} --no-such-switch"));
        Assert.Contains($"{command.Name} has no switch --no-such-switch", Error(response));
    }

    [Theory]
    [InlineData("farm priority --batch b1 --priority 5 --row 3", typeof(SetPriority))]
    [InlineData("farm priority -batch b1 -priority 5 -row 3", typeof(SetPriority))]
    public async Task Arguments_become_a_typed_request(string line, Type request)
    {
        _farm.Answer = _ => throw new FarmRequestException(FarmRequestError.NotFound, "There is no batch b1.");
        var response = Assert.Single(await RunAsync(line));
        Assert.Equal("There is no batch b1.", Error(response));
        Assert.Equal(new SetPriority("b1", 5, 3), Assert.Single(_farm.Requests));
        Assert.Equal(request, _farm.Requests.Single().GetType());
    }

    [Fact]
    public async Task Flags_need_no_value_and_lists_are_separated_by_commas()
    {
        _farm.Answer = request => request is DrainWorker
            ? new DrainedWorker("id", "mini", null)
            : throw new FarmRequestException(FarmRequestError.NotFound, "no");
        Assert.Equal("mini gets no more stages.", (await LinesAsync("worker drain --worker mini --now")).Single());
        await RunAsync("worker tag --worker mini --tags big,night");
        Assert.Equal(new DrainWorker("mini", Now: true), _farm.Requests.First());
        Assert.Equal(["big", "night"], Assert.IsType<TagWorker>(_farm.Requests.Last()).Tags!);
    }

    [Fact]
    public async Task Result_is_shown_as_a_table_or_as_json()
    {
        _farm.Answer = _ => new WorkerList([]);
        Assert.Equal(["The farm has no workers."], await LinesAsync("worker list"));
        var json = Assert.Single(await LinesAsync("worker list --json"));
        Assert.Equal(0, JsonDocument.Parse(json).RootElement.GetProperty("workers").GetArrayLength());
    }

    [Theory]
    [InlineData("worker show", "needs --worker")]
    [InlineData("farm priority --batch b1 --priority high", "priority: 'high'")]
    [InlineData("farm list --limit 1 -limit 2", "given twice")]
    public async Task Invalid_arguments_are_refused_with_one_sentence(string line, string words)
    {
        Assert.Contains(words, Error(Assert.Single(await RunAsync(line))));
        Assert.Empty(_farm.Requests);
    }

    [Fact]
    public async Task Unexpected_failure_names_the_log()
    {
        _farm.Answer = _ => throw new InvalidOperationException("a defect");
        Assert.Equal(
            "list failed unexpectedly (a defect): see the log of this node.", Error(Assert.Single(await RunAsync("worker list"))));
    }

    [Fact]
    public async Task Stream_sends_each_change_and_ends()
    {
        foreach (var state in new[] { BatchState.Running, BatchState.Running, BatchState.Ended })
            _farm.Items.Writer.TryWrite(ViewOf(state));
        _farm.Items.Writer.Complete();
        var responses = await RunAsync("farm watch --batch b1");
        Assert.Equal(2, responses.Count(response => response.Msg.Contains("b1", StringComparison.Ordinal)));
        Assert.Contains(responses, response => response.Msg == "It has ended.");
        Assert.Equal("", responses[^1].Msg);
    }

    [Fact]
    public async Task Dropped_connection_stops_the_command()
    {
        _farm.Items.Writer.TryWrite(ViewOf(BatchState.Running));
        var session = await _client.ExecuteTextCommandAsync("farm watch --batch b1");
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = session.Stream.RunForeach(_ => first.TrySetResult(), Actors.Materializer());
        await first.Task.WaitAsync(Patience);
        Assert.False(_farm.Cancelled.IsCompleted);
        session.KillSwitch.Shutdown();
        await ended.WaitAsync(Patience);
        await _farm.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task Csv_is_submitted_as_a_batch()
    {
        _farm.Answer = _ => new BatchCreated("b1");
        var csv = _folder.Write("prompts.csv", "prompt\na fox\na hare\n");
        Assert.Contains("b1", Assert.Single(await LinesAsync($"farm submit --csv \"{csv}\" --weight 2 --submission-id mine")));
        var batch = Assert.IsType<SubmitBatch>(Assert.Single(_farm.Requests));
        Assert.Equal(("mine", 2.0), (batch.ClientToken, batch.Weight));
        Assert.Equal(["a fox", "a hare"], batch.Clips.Select(clip => clip.Settings.Prompt));
    }

    [Fact]
    public async Task Csv_with_errors_is_submitted_only_on_request()
    {
        _farm.Answer = _ => new BatchCreated("b1");
        var csv = _folder.Write("prompts.csv", "prompt,width\na fox,256\na hare,wide\n");
        var responses = await RunAsync($"farm submit --csv {csv}");
        Assert.Contains("line 3, column width", responses[0].Msg);
        Assert.Contains("use --skip-invalid", Error(responses[^1]));
        Assert.Empty(_farm.Requests);
        Assert.Contains("b1", (await LinesAsync($"farm submit --csv {csv} --skip-invalid"))[^1]);
        Assert.Single(Assert.IsType<SubmitBatch>(_farm.Requests.Single()).Clips);

        Assert.Contains("missing.csv", Error((await RunAsync($"farm submit --csv {_folder["missing.csv"]}"))[^1]));
    }

    [Fact]
    public async Task Collected_clips_are_written_to_the_folder()
    {
        _farm.Answer = _ => new FinishedClips("b1", BatchState.Ended, [new(1, "a/1.mp4", 5, new string('0', 64), "/blobs/0", null)]);
        Assert.Contains("1.mp4", string.Join('\n', await LinesAsync("farm collect --batch b1")));
        await LinesAsync($"farm collect --batch b1 --output {_folder["clips"]}");
        Assert.True(File.Exists(_folder["clips/a/1.mp4"]));
    }

    private static BatchView ViewOf(BatchState state) =>
        new("b1", 1, state, 0, [], [], Problem: state == BatchState.Ended ? "It has ended." : null);

    private static string Error(CommandResponse response) => Assert.IsType<ErroredCommandResponse>(response).Msg;

    /// <summary>Returns the lines of a command that succeeds.</summary>
    private async Task<IReadOnlyList<string>> LinesAsync(string line)
    {
        var responses = await RunAsync(line);
        Assert.DoesNotContain(responses, response => response is ErroredCommandResponse);
        return responses.SkipLast(1).Select(response => response.Msg).ToList();
    }

    private async Task<IReadOnlyList<CommandResponse>> RunAsync(string line)
    {
        var session = await _client.ExecuteTextCommandAsync(line);
        return await session.Stream.RunWith(Sink.Seq<CommandResponse>(), Actors.Materializer()).WaitAsync(Patience);
    }
}
