using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Options that take one or more values and may be given several times.</summary>
public static class RepeatableOption
{
    /// <summary>Creates an option whose value is all values of all occurrences, in order; empty when it is not given.</summary>
    public static Option<string[]> Create(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
}
