using System.CommandLine;

namespace MlxVideo.Shared.Tests.Arguments;

/// <summary>
/// Checks every numeric option of a command line. Walks the command tree, which covers new options automatically.
/// Compiled into the test project of each program.
/// </summary>
public static class NumericOptions
{
    private static readonly string[] Refused =
        ["12,5", "1,024", "1.024,5", "1e400", "NaN", "inf", "-Infinity", "１２", "1_000", "1 000", "0x10", "ten", "", "“3”"];
    private static readonly string[] Accepted = ["3", "+3", " 3 ", "3.0", "03"];

    /// <summary>Asserts that all numeric options refuse and accept the same texts; returns the option names.</summary>
    public static IReadOnlyList<string> AssertSameRules(Command root)
    {
        var names = new List<string>();
        foreach (var (path, option) in Of(root, []))
        {
            names.Add(option.Name);
            foreach (var text in Refused)
                Assert.Contains(ErrorsOf(root, path, option, text), error =>
                    error.StartsWith($"{option.Name}: ", StringComparison.Ordinal));
            Assert.Contains(ErrorsOf(root, path, option, "12,5"), error => error.Contains("'12,5'", StringComparison.Ordinal)
                && (IsWhole(option) || error.Contains("write 12.5", StringComparison.Ordinal)));
            foreach (var text in Accepted)
            {
                Assert.DoesNotContain(ErrorsOf(root, path, option, text), error => error.Contains(option.Name, StringComparison.Ordinal));
                Assert.Equal(3, ValueOf(root.Parse([.. path, option.Name, text]), option));
            }
        }

        return names;
    }

    private static IEnumerable<(string[] Path, Option Option)> Of(Command command, string[] path)
    {
        foreach (var option in command.Options.Where(option => IsNumber(option.ValueType)))
            yield return (path, option);
        Assert.DoesNotContain(command.Arguments, argument => IsNumber(argument.ValueType));
        foreach (var found in command.Subcommands.SelectMany(verb => Of(verb, [.. path, verb.Name])))
            yield return found;
    }

    private static List<string> ErrorsOf(Command root, string[] path, Option option, string text) =>
        root.Parse([.. path, option.Name, text]).Errors.Select(error => error.Message).ToList();

    private static double ValueOf(ParseResult parsed, Option option) => option switch
    {
        Option<int> number => parsed.GetValue(number),
        Option<int?> number => parsed.GetValue(number)!.Value,
        Option<long> number => parsed.GetValue(number),
        Option<double> number => parsed.GetValue(number),
        Option<double?> number => parsed.GetValue(number)!.Value,
        _ => throw new NotSupportedException($"{option.Name} has unsupported type {option.ValueType}: add it here and to NumberOption."),
    };

    private static bool IsWhole(Option option) => option is Option<int> or Option<int?> or Option<long>;

    private static bool IsNumber(Type type) =>
        Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is >= TypeCode.SByte
            and <= TypeCode.Decimal && !(Nullable.GetUnderlyingType(type) ?? type).IsEnum;
}
