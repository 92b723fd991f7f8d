using System.Text.Json.Nodes;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.EndToEnd.Tests.Interfaces;

/// <summary>The outcome of a command: its result or the first item of its stream, or the sentence with which it was refused.</summary>
public sealed record CommandOutcome(JsonNode? Result, string? Refusal);

/// <summary>One of the ways to give commands to a farm.</summary>
/// <param name="name">Name in messages, and of the things that a test creates through it.</param>
public abstract class FarmInterface(string name)
{
    /// <summary>Additional argument of <c>submit</c>: path of the CSV.</summary>
    public const string Csv = "csv";

    /// <summary>Maximum time of one command.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public sealed override string ToString() => name;

    /// <summary>Executes a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="arguments">Values as text, by the arguments' names.</param>
    public abstract Task<CommandOutcome> RunAsync(FarmCommand command, IReadOnlyDictionary<string, string> arguments);

    /// <summary>True when a command has a stream of results.</summary>
    protected static bool IsStream(FarmCommand command, IReadOnlyDictionary<string, string> arguments) =>
        command.IsStream || arguments.ContainsKey("follow");

    /// <summary>Options of the command line and of pbm.</summary>
    protected static IEnumerable<(string Option, string Value)> Options(
        FarmCommand command, IReadOnlyDictionary<string, string> arguments) => arguments.Select(
            argument => (command.Arguments.FirstOrDefault(each => each.Name == argument.Key)?.OptionName ?? argument.Key, argument.Value));
}
