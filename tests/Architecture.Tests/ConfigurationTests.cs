using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that docs/configuration.md lists every key of the option types with its default and command-line option.</summary>
public sealed partial class ConfigurationTests
{
    private static readonly IReadOnlyList<Row> Rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
        .Select(line => RowPattern().Match(line)).Where(row => row.Success)
        .Select(row => new Row(row.Groups[1].Value, row.Groups[2].Value.Trim(), row.Groups[3].Value.Trim('`', ' '))).ToList();

    [Fact]
    public void Every_key_is_documented_once() =>
        Assert.Equal(
            Keys().Select(key => key.Name).Order(StringComparer.Ordinal), Rows.Select(row => row.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void Documented_defaults_match_the_option_types() => Assert.All(Rows, row =>
    {
        var value = Keys().Single(key => key.Name == row.Key).Default;
        if (row.Default.StartsWith('`'))
            Assert.Equal(row.Default.Trim('`'), value);
        else if (row.Key != "Worker:Name") // defaults to the machine name
            Assert.True(string.IsNullOrEmpty(value), $"{row.Key} has the undocumented default '{value}'.");
    });

    [Fact]
    public void Documented_command_line_options_match_the_commands()
    {
        var options = CoordinatorCommand.Create().Options.Concat(WorkerCommand.Create().Options).Select(option => option.Name).ToHashSet();
        Assert.All(Rows.Where(row => row.Option.Length > 0), row => Assert.Contains(row.Option, options));
        string[] commandLineOnly = ["--data", "--help", "--parent-pid", "--verbose"];
        Assert.Equal(
            options.Except(commandLineOnly).Order(), Rows.Select(row => row.Option).Where(option => option.Length > 0).Distinct().Order());
    }

    private static IEnumerable<(string Name, string? Default)> Keys() =>
        from project in Directory.GetDirectories(Repository.Source)
        from type in Assembly.Load($"MlxVideo.{Path.GetFileName(project)}").GetTypes()
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        let defaults = Activator.CreateInstance(type)
        from property in type.GetProperties()
        select ($"{section}:{property.Name}", Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^\| `(\w+:\w+)` \|([^|]*)\|([^|]*)\|")]
    private static partial Regex RowPattern();

    private sealed record Row(string Key, string Default, string Option);
}
