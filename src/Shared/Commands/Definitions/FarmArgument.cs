using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>An argument of a farm command.</summary>
/// <param name="Name">Name in JSON, queries and paths, in snake case.</param>
/// <param name="Type">Type of its value: string, bool, int, long, double, <see cref="DateTimeOffset"/> or a list of strings.</param>
/// <param name="Help">One sentence for help texts.</param>
/// <param name="IsRequired">False when it may be left out.</param>
/// <param name="IsPositional">True when the command line takes it by position.</param>
/// <param name="Default">The value when it is left out.</param>
public sealed record FarmArgument(string Name, Type Type, string Help, bool IsRequired, bool IsPositional, object? Default)
{
    /// <summary>Name of the command line's option, without hyphens at its start.</summary>
    public string OptionName { get; private init; } = Name.Replace('_', '-');

    /// <summary>Limits of its value, for descriptions; the handler of the command checks them.</summary>
    public IReadOnlyList<ValidationAttribute> Limits { get; private init; } = [];

    /// <summary>True for an option without a value.</summary>
    public bool IsFlag => Type == typeof(bool);

    internal static FarmArgument Of(ParameterInfo parameter)
    {
        var attribute = parameter.GetCustomAttribute<ArgumentAttribute>()
            ?? throw new InvalidOperationException($"{parameter.Member.DeclaringType!.Name}.{parameter.Name} has no description.");
        var argument = new FarmArgument(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!),
            Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType,
            attribute.Help, !parameter.HasDefaultValue, attribute.IsPositional, parameter.HasDefaultValue ? parameter.DefaultValue : null)
        {
            Limits = parameter.GetCustomAttributes<ValidationAttribute>().ToList(),
        };
        return attribute.Option is { } option ? argument with { OptionName = option } : argument;
    }

    /// <summary>Parses a value.</summary>
    /// <exception cref="FarmRequestException">The text is no such value; the message is one sentence.</exception>
    public object Parse(string text)
    {
        if (Type == typeof(string))
            return text;
        if (Type == typeof(IReadOnlyList<string>))
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Type == typeof(bool))
            return bool.TryParse(text, out var flag) ? flag : throw Invalid($"'{text}' is neither true nor false.");
        if (Type == typeof(int))
            return (int)Whole(text, int.MinValue, int.MaxValue);
        if (Type == typeof(long))
            return Whole(text, long.MinValue, long.MaxValue);
        if (Type == typeof(double))
            return NumberText.ReadDecimal(text, out var number) is { } noNumber ? throw Invalid(noNumber) : number;
        if (Type == typeof(DateTimeOffset))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)
                ? time
                : throw Invalid($"'{text}' is not a time such as 2026-07-01T18:00.");
        throw new InvalidOperationException($"Arguments of type {Type.Name} are not supported.");
    }

    private long Whole(string text, long min, long max)
    {
        if (NumberText.ReadWhole(text, out var number) is { } noNumber)
            throw Invalid(noNumber);
        return number >= min && number <= max ? number : throw Invalid($"{number} is outside {min} to {max}.");
    }

    private FarmRequestException Invalid(string reason) => new(FarmRequestError.Invalid, $"{Name}: {reason}");
}
