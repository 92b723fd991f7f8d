using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Arguments;

/// <summary>
/// Numeric options, parsed by <see cref="NumberText"/> in all programs. Rules return null for a valid value, otherwise a one-sentence
/// error, which is shown after the option's name.
/// </summary>
public static class NumberOption
{
    /// <summary>Creates an option for a whole number.</summary>
    public static Option<int> Int(string name, string description, int byDefault, Func<long, string?>? rule = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => (int)(Whole(result, name, rule, int.MinValue, int.MaxValue) ?? 0),
    };

    /// <summary>Creates an option for a whole number without a default.</summary>
    public static Option<int?> OptionalInt(string name, string description, Func<long, string?>? rule = null) => new(name)
    {
        Description = description,
        CustomParser = result => (int?)Whole(result, name, rule, int.MinValue, int.MaxValue),
    };

    /// <summary>Creates an option for a 64-bit whole number.</summary>
    public static Option<long> Long(string name, string description, long byDefault, Func<long, string?>? rule = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => Whole(result, name, rule, long.MinValue, long.MaxValue) ?? 0,
    };

    /// <summary>Creates an option for a decimal number.</summary>
    public static Option<double> Decimal(string name, string description, double byDefault, Func<double, string?>? rule = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => Decimal(result, name, rule) ?? 0,
    };

    /// <summary>Creates an option for a decimal number without a default.</summary>
    public static Option<double?> OptionalDecimal(string name, string description, Func<double, string?>? rule = null) => new(name)
    {
        Description = description,
        CustomParser = result => Decimal(result, name, rule),
    };

    /// <summary>Returns a rule for whole numbers between inclusive bounds.</summary>
    public static Func<long, string?> Between(long min, long max) => value =>
        value >= min && value <= max
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{value} is outside the range {min} to {max}.");

    /// <summary>Returns a rule for numbers above 0.</summary>
    /// <param name="unit">Unit, for the error message.</param>
    public static Func<double, string?> AboveZero(string unit) => value =>
        value > 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{value} {unit} is too low: use more than 0.");

    private static long? Whole(ArgumentResult result, string name, Func<long, string?>? rule, long min, long max)
    {
        var reason = NumberText.ReadWhole(result.Tokens[0].Value, out var value) ?? rule?.Invoke(value) ?? Between(min, max)(value);
        return IsGood(result, name, reason) ? value : null;
    }

    private static double? Decimal(ArgumentResult result, string name, Func<double, string?>? rule)
    {
        var reason = NumberText.ReadDecimal(result.Tokens[0].Value, out var value) ?? rule?.Invoke(value);
        return IsGood(result, name, reason) ? value : null;
    }

    private static bool IsGood(ArgumentResult result, string name, string? reason)
    {
        if (reason is not null)
            result.AddError($"{name}: {reason}");
        return reason is null;
    }
}
