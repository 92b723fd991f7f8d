using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm.Commands;

/// <summary>
/// The command line of a farm command, derived from its definition: arguments, options, <c>--json</c>, and help with an example.
/// </summary>
internal sealed class FarmCommandLine
{
    private readonly FarmCommand _definition;
    private readonly Dictionary<FarmArgument, Func<ParseResult, object?>> _values = [];
    private readonly ConnectionOptions _connection = new();

    /// <summary>Continues after a result was shown.</summary>
    internal delegate Task Continuation(ParseResult parsed, FarmConnection farm, object result, CancellationToken cancellationToken);

    private FarmCommandLine(FarmCommand definition, string? name)
    {
        _definition = definition;
        Command = new Command(name ?? definition.Name, definition.Summary);
        foreach (var argument in definition.Arguments)
            _values.Add(argument, Add(argument));
        AddExample(Command, definition);
    }

    private Option<bool> Json { get; } = NewJson();

    private Command Command { get; }

    /// <summary>Creates the command line of a command.</summary>
    /// <param name="name">Another name than the command's own.</param>
    /// <param name="afterwards">Continues after the result was shown, for example to wait; null for nothing.</param>
    public static Command Create(
        FarmCommand definition, string? name = null, Continuation? afterwards = null)
    {
        var line = new FarmCommandLine(definition, name);
        line.Command.Options.Add(line.Json);
        line._connection.AddTo(line.Command);
        line.Command.SetAction((parsed, cancellationToken) => line.RunAsync(parsed, afterwards, cancellationToken));
        return line.Command;
    }

    /// <summary>Creates the option <c>--json</c>.</summary>
    public static Option<bool> NewJson() => new("--json") { Description = "Print the result as JSON." };

    /// <summary>Adds the example of a command to its help.</summary>
    public static void AddExample(Command command, FarmCommand definition)
    {
        var example = $"./mlx-video {definition.FullName} {definition.Example}".TrimEnd();
        command.Options.Add(new HelpOption { Action = new HelpWithExample(example) });
    }

    private async Task<int> RunAsync(
        ParseResult parsed, Continuation? afterwards, CancellationToken cancellationToken)
    {
        var request = _definition.Bind(argument => _values[argument](parsed));
        var output = new CommandOutput(_definition, parsed.GetValue(Json));
        using var farm = await _connection.OpenAsync(parsed, cancellationToken);
        if (_definition.IsStreamOf(request))
        {
            await foreach (var item in farm.Client.Commands.StreamAsync(_definition, request, cancellationToken))
                output.ShowItem(item);
            return ExitCodes.Done;
        }

        var result = await farm.Client.Commands.ExecuteAsync(_definition, request, cancellationToken);
        output.Show(result);
        if (afterwards is not null)
            await afterwards(parsed, farm, result, cancellationToken);
        return ExitCodes.Done;
    }

    private Func<ParseResult, object?> Add(FarmArgument argument)
    {
        if (argument.IsPositional)
        {
            var positional = new Argument<object?>(argument.OptionName)
            {
                Description = argument.Help,
                CustomParser = result => Parse(argument, result.Tokens[0].Value, result.AddError),
                Arity = argument.IsRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
            };
            Command.Arguments.Add(positional);
            return parsed => parsed.GetValue(positional);
        }

        if (argument.IsFlag)
        {
            var flag = new Option<bool>($"--{argument.OptionName}") { Description = argument.Help };
            Command.Options.Add(flag);
            return parsed => parsed.GetValue(flag);
        }

        var option = new Option<object?>($"--{argument.OptionName}")
        {
            Description = argument.Help + (argument.Default is { } value ? $" [default: {value}]" : ""),
            HelpName = argument.OptionName,
            Required = argument.IsRequired,
            CustomParser = result => Parse(argument, result.Tokens[0].Value, result.AddError),
        };
        Command.Options.Add(option);
        return parsed => parsed.GetValue(option);
    }

    private static object? Parse(FarmArgument argument, string text, Action<string> addError)
    {
        try
        {
            return argument.Parse(text);
        }
        catch (FarmRequestException ex)
        {
            addError(ex.Message);
            return null;
        }
    }

    private sealed class HelpWithExample(string example) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = new HelpAction().Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
            return exitCode;
        }
    }
}
