using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MlxVideo.Shared.Arguments;

/// <summary>Help for commands with many options, listed in titled groups.</summary>
public static class GroupedHelp
{
    private const int Width = 110;
    private const int LabelWidth = 34;

    /// <summary>Adds groups of options to a command, in the order shown in its help.</summary>
    public static void AddGroups(this Command command, params IReadOnlyList<OptionGroup> groups)
    {
        foreach (var option in groups.SelectMany(group => group.Options))
            command.Options.Add(option);
        command.Options.Add(new HelpOption { Action = new Action(command, groups) });
    }

    private static IEnumerable<string> Lines(Option option)
    {
        var label = $"  {OptionText.Usage(option)}";
        var words = new Queue<string>(OptionText.Description(option).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var line = label.Length < LabelWidth ? label.PadRight(LabelWidth) : label;
        if (label.Length >= LabelWidth)
        {
            yield return line;
            line = new string(' ', LabelWidth);
        }

        var isEmpty = true;
        while (words.TryDequeue(out var word))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                (line, isEmpty) = (new string(' ', LabelWidth), true);
            }

            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }

        yield return line;
    }

    private sealed class Action(Command command, IReadOnlyList<OptionGroup> groups) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(command.Description);
            output.WriteLine();
            output.WriteLine("Usage:");
            output.WriteLine($"  {Path(command)} {(command.Subcommands.Count > 0 ? "[PRESET] " : "")}[options]");
            WriteCommands(output);
            foreach (var group in groups.Where(group => !group.Options.All(option => option.Hidden)))
            {
                output.WriteLine();
                output.WriteLine($"{group.Title}:");
                foreach (var line in group.Options.Where(option => !option.Hidden).SelectMany(Lines))
                    output.WriteLine(line);
            }

            return 0;
        }

        private void WriteCommands(TextWriter output)
        {
            if (command.Subcommands.Count == 0)
                return;
            output.WriteLine();
            output.WriteLine("Presets:");
            foreach (var preset in command.Subcommands)
                output.WriteLine($"{$"  {preset.Name}".PadRight(LabelWidth)}{preset.Description}");
        }

        private static string Path(Command command) =>
            command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : command.Name;
    }
}

/// <summary>A group of options.</summary>
/// <param name="Title">Title in the help.</param>
/// <param name="Options">The options, in order.</param>
public sealed record OptionGroup(string Title, params IReadOnlyList<Option> Options);
