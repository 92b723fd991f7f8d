using System.CommandLine;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Cli.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Cli.Farm;

/// <summary>
/// The command <c>mlx-video farm</c>. Its commands follow from <see cref="FarmCommands"/>, except those that work with files of this
/// machine or wait for something.
/// </summary>
internal static class FarmCommandGroup
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Commands that read or write files, show progress, or examine the connection.</summary>
    private static readonly Dictionary<Type, Func<FarmCommand, Command>> Own = new()
    {
        [typeof(SubmitBatch)] = SubmitCommand.Create,
        [typeof(CollectBatch)] = CollectCommand.Create,
        [typeof(WatchBatch)] = WatchCommand.Create,
        [typeof(ExamineFarm)] = FarmDoctorCommand.Create,
        [typeof(DrainWorker)] = definition => Drain(definition, name: null),
    };

    /// <summary>Creates the command with all subcommands.</summary>
    public static Command Create()
    {
        var farm = new Command("farm", "Submits batches to a farm, and operates the farm.");
        foreach (var definition in Of(FarmPalette.Farm))
            farm.Subcommands.Add(CreateOne(definition));
        farm.Subcommands.Add(InitCommand.Create());
        farm.Subcommands.Add(Group(FarmPalette.Worker, "Shows and manages the workers."));
        farm.Subcommands.Add(Group(FarmPalette.Cluster, "Shows and manages the nodes of the cluster."));
        // The two that are used most have a short form.
        farm.Subcommands.Add(Drain(FarmCommands.Of(typeof(DrainWorker)), "drain"));
        farm.Subcommands.Add(FarmCommandLine.Create(FarmCommands.Of(typeof(RevokeWorker)), "revoke"));
        return farm;
    }

    private static Command Group(FarmPalette palette, string description)
    {
        var group = new Command(palette.ToString().ToLowerInvariant(), description);
        foreach (var definition in Of(palette))
            group.Subcommands.Add(CreateOne(definition));
        return group;
    }

    private static IEnumerable<FarmCommand> Of(FarmPalette palette) => FarmCommands.All.Where(command => command.Palette == palette);

    private static Command CreateOne(FarmCommand definition) =>
        Own.TryGetValue(definition.RequestType, out var create) ? create(definition) : FarmCommandLine.Create(definition);

    /// <summary>Creates the command that drains a worker, which waits until the worker has left.</summary>
    private static Command Drain(FarmCommand definition, string? name)
    {
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until the worker has left." };
        var command = FarmCommandLine.Create(definition, name, async (parsed, farm, result, cancellationToken) =>
        {
            if (!parsed.GetValue(noWait))
                await WaitUntilGoneAsync(farm.Client, (DrainedWorker)result, cancellationToken);
        });
        command.Options.Add(noWait);
        return command;
    }

    private static async Task WaitUntilGoneAsync(FarmClient farm, DrainedWorker drained, CancellationToken cancellationToken)
    {
        var shown = drained.Activity;
        while ((await farm.GetFarmAsync(cancellationToken)).Workers.FirstOrDefault(worker => worker.Id == drained.Id) is { } worker)
        {
            if (worker.Activity is { } activity && activity != shown)
                await Console.Error.WriteLineAsync($"{drained.Name} still runs {shown = activity}.");
            await Task.Delay(PollInterval, cancellationToken);
        }

        await Console.Error.WriteLineAsync($"{drained.Name} has left the farm.");
    }
}
