using System.CommandLine;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Cli.Farm.Commands;
using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm watch</c>: shows the progress of a batch until it has ended.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(12);

    public static Command Create(FarmCommand definition)
    {
        var batch = new Argument<string>("batch") { Description = "Batch ID." };
        var (connection, json) = (new ConnectionOptions(), FarmCommandLine.NewJson());
        var command = new Command(definition.Name, definition.Summary) { batch, json };
        FarmCommandLine.AddExample(command, definition);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var farm = await connection.OpenAsync(parsed, cancellationToken);
            var views = new BatchFollower(farm.Client, Patience, TimeProvider.System, Console.Error.WriteLine)
                .FollowAsync(parsed.GetRequiredValue(batch), cancellationToken);
            var output = new CommandOutput(definition, parsed.GetValue(json));
            BatchView? last = null;
            if (parsed.GetValue(json))
            {
                await foreach (var view in views)
                    output.ShowItem(last = view);
            }
            else
            {
                await BatchProgress.ShowAsync(Remember(views));
                output.ShowItem(last!);
            }

            return last!.Clips.All(clip => clip.Error is null) ? ExitCodes.Done : ExitCodes.Failed;

            async IAsyncEnumerable<BatchView> Remember(IAsyncEnumerable<BatchView> each)
            {
                await foreach (var view in each)
                    yield return last = view;
            }
        });
        return command;
    }
}
