using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Options with a fixed choice of values.</summary>
public static class ChoiceOption
{
    /// <summary>Creates an option that accepts one of the choices, ignoring case, and returns it as listed.</summary>
    public static Option<string> Create(string name, string description, string byDefault, params IReadOnlyList<string> choices)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', choices),
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice)
                    return choice;
                result.AddError($"{name}: '{text}' is unknown: use {List(choices)}.");
                return null;
            },
        };
        option.CompletionSources.Add([.. choices]);
        return option;
    }

    private static string List(IReadOnlyList<string> choices) =>
        choices.Count == 1 ? choices[0] : $"{string.Join(", ", choices.SkipLast(1))} or {choices[^1]}";
}
