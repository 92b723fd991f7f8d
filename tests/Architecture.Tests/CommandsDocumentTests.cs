using System.Text;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Architecture.Tests;

/// <summary>
/// Checks that docs/commands.md lists every command as it is defined. With the variable <c>MLXVIDEO_ACCEPT_COMMANDS</c>, writes the file.
/// </summary>
public sealed class CommandsDocumentTests
{
    private const string Introduction = """
        # Farm commands

        Every command has one definition (`src/Shared/Commands`). The command line and the HTTP API offer the same commands with the same
        arguments and results. On the command line, each takes `--json`, `--api ADDRESS`, `--token TOKEN` and `--help`; the exit code is
        0 when it succeeded, 1 when the farm refused it or a row failed, and 2 for wrong arguments. Over HTTP, errors are problem details
        (RFC 9457), `GET` results have entity tags, and streams are server-sent events; the coordinator serves an OpenAPI document of them
        at `/api/v1/openapi.json` ([http-api.md](http-api.md)). In builds with Petabridge.Cmd, `pbm` offers those outside `cluster` too
        ([running-a-farm.md](running-a-farm.md#petabridgecmd)). `farm init`, which creates a farm's certificates, works on files only.

        `farm drain` and `farm revoke` are short forms of `farm worker drain` and `farm worker revoke`. `submit`, `collect` and `drain` have
        further options on the command line, which `--help` lists.

        """;

    [Fact]
    public void Document_lists_every_command()
    {
        var file = Path.Combine(Repository.Root, "docs", "commands.md");
        var text = Describe();
        if (Environment.GetEnvironmentVariable("MLXVIDEO_ACCEPT_COMMANDS") is { Length: > 0 })
            File.WriteAllText(file, text);
        Assert.Equal(text, File.ReadAllText(file));
    }

    private static string Describe()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var group in FarmCommands.All.GroupBy(command => command.Palette))
        {
            text.Append('\n').Append("## ").Append(group.Key switch
            {
                FarmPalette.Farm => "Batches and the farm",
                FarmPalette.Worker => "Workers",
                _ => "Cluster",
            }).Append('\n');
            foreach (var command in group)
                Describe(command, text);
        }

        return text.ToString();
    }

    private static void Describe(FarmCommand command, StringBuilder text)
    {
        text.Append($"\n### {command.FullName}\n\n{command.Summary}\n\n");
        text.Append($"    ./mlx-video {$"{command.FullName} {command.Example}".TrimEnd()}\n\n");
        text.Append($"`{command.Method} {command.Path}`{(command.IsStream ? ", a stream" : "")}; result: `{command.ResultType.Name}`"
            + $"{(command.CanFollow ? $"; with `follow`, a stream of `{command.ItemType!.Name}`" : "")}.\n");
        if (command.Arguments.Count == 0)
            return;
        text.Append("\n| argument | option | meaning |\n|---|---|---|\n");
        foreach (var argument in command.Arguments)
        {
            var option = argument.IsPositional ? argument.OptionName.ToUpperInvariant() : $"--{argument.OptionName}";
            text.Append($"| `{argument.Name}` | `{option}` | {argument.Help}{(argument.IsRequired ? " Required." : "")} |\n");
        }
    }
}
