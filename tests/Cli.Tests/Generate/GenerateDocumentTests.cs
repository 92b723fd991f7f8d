using System.Text;
using MlxVideo.Architecture.Tests;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>
/// Checks that docs/generate.md lists every option as the help does. With the variable <c>MLXVIDEO_ACCEPT_OPTIONS</c>, writes its list.
/// </summary>
public sealed class GenerateDocumentTests
{
    private const string Start = "## Options\n";
    private const string End = "## Presets\n";

    [Fact]
    public void Document_lists_every_option()
    {
        var file = Path.Combine(Repository.Root, "docs", "generate.md");
        var document = File.ReadAllText(file);
        var (start, end) = (document.IndexOf(Start, StringComparison.Ordinal), document.IndexOf(End, StringComparison.Ordinal));
        var expected = document[..start] + Start + Describe() + '\n' + document[end..];
        if (Environment.GetEnvironmentVariable("MLXVIDEO_ACCEPT_OPTIONS") is { Length: > 0 })
            File.WriteAllText(file, document = expected);
        Assert.True(
            expected == document, "docs/generate.md is outdated: run this test with MLXVIDEO_ACCEPT_OPTIONS=1, which updates it.");
    }

    [Fact]
    public void Differences_explain_every_option_that_the_help_hides()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "differences.md"));
        var hidden = new GenerateOptions(new Dictionary<string, string>()).Groups.SelectMany(group => group.Options)
            .Where(option => option.Hidden).Select(option => option.Name).ToList();
        Assert.NotEmpty(hidden);
        Assert.All(hidden, name => Assert.Matches($"`{name}[` ]", document));
    }

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var group in new GenerateOptions(new Dictionary<string, string>()).Groups)
        {
            var options = group.Options.Where(option => !option.Hidden).ToList();
            if (options.Count == 0)
                continue;
            text.Append($"\n### {group.Title}\n\n| option | meaning |\n|---|---|\n");
            foreach (var option in options)
                text.Append($"| `{Escape(OptionText.Usage(option))}` | {Escape(OptionText.Description(option))} |\n");
        }

        return text.ToString();
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
