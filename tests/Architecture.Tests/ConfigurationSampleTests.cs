using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using MlxVideo.Cli.Tests;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Farm.Policies;
using MlxVideo.Worker.Hosting;
using MlxVideo.Worker.Node;

namespace MlxVideo.Architecture.Tests;

/// <summary>
/// Checks that the samples in the deploy folder list every setting as docs/configuration.md does, and that the daemons accept them.
/// </summary>
public sealed partial class ConfigurationSampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("coordinator", "Coordinator", "Farm", "Scheduling", "Cluster")]
    [InlineData("worker", "Worker", "WorkerProtocol", "Cluster")]
    public void Sample_lists_every_key_with_its_meaning_and_default(string role, params string[] sections)
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .Select(line => RowPattern().Match(line)).Where(row => row.Success && sections.Contains(row.Groups["section"].Value)).ToList();
        var settings = Settings(role).ToList();
        Assert.Equal(
            rows.Select(row => $"{row.Groups["section"].Value}:{row.Groups["key"].Value}").Order(StringComparer.Ordinal),
            settings.Select(setting => setting.Key).Order(StringComparer.Ordinal));
        Assert.All(rows, row =>
        {
            var setting = settings.Single(each => each.Key == $"{row.Groups["section"].Value}:{row.Groups["key"].Value}");
            var value = row.Groups["default"].Value.Trim();
            var meaning = LinkPattern().Replace(row.Groups["meaning"].Value, "docs/$1").Replace("`", "", StringComparison.Ordinal);
            var hasLiteral = value.StartsWith('`');
            Assert.Equal(hasLiteral || value.Length == 0 ? meaning : $"{meaning} Default: {value}.", setting.Meaning);
            if (hasLiteral)
                Assert.Equal(value.Trim('`'), setting.Value.Trim('"'), ignoreCase: true);
        });
    }

    [Fact]
    public void Coordinator_accepts_its_sample_as_it_is_and_with_all_settings()
    {
        foreach (var configuration in Configurations("coordinator"))
        {
            Assert.Equal("127.0.0.1", configuration.Bind<CoordinatorOptions>(CoordinatorOptions.Section).Listen);
            configuration.Bind<FarmOptions>(FarmOptions.Section);
            configuration.Bind<SchedulingOptions>(SchedulingOptions.Section);
            configuration.Bind<FarmClusterOptions>(FarmClusterOptions.Section);
        }
    }

    [Fact]
    public void Worker_accepts_its_sample_with_all_settings()
    {
        var configuration = Configurations("worker").Last();
        Assert.Equal("192.168.1.10:4053", configuration.Bind<WorkerOptions>(WorkerOptions.Section).Join);
        configuration.Bind<WorkerProtocolOptions>(WorkerProtocolOptions.Section);
        configuration.Bind<FarmClusterOptions>(FarmClusterOptions.Section);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string Sample(string role) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", $"appsettings.{role}.json"));

    /// <summary>Returns the configuration of the sample, then of the sample with all settings.</summary>
    private IEnumerable<IConfiguration> Configurations(string role)
    {
        foreach (var text in new[] { Sample(role), SettingPattern().Replace(Sample(role), "$1$2") })
        {
            _folder.Write(DaemonConfiguration.FileName, text);
            yield return DaemonConfiguration.Read(_folder.Path, new Dictionary<string, string?>());
        }
    }

    private static IEnumerable<(string Key, string Value, string Meaning)> Settings(string role)
    {
        var section = "";
        var previous = "";
        foreach (var line in Sample(role).Split('\n'))
        {
            if (SectionPattern().Match(line) is { Success: true } begin)
                section = begin.Groups[1].Value;
            else if (SettingPattern().Match(line) is { Success: true } setting)
                yield return (
                    string.Create(CultureInfo.InvariantCulture, $"{section}:{setting.Groups["key"].Value}"), setting.Groups["value"].Value,
                    previous.Trim()[3..]);
            previous = line;
        }
    }

    [GeneratedRegex(@"^\| `(?<section>\w+):(?<key>\w+)` \|(?<default>[^|]*)\|[^|]*\| (?<meaning>.*) \|$")]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("^  \"(\\w+)\": \\{$")]
    private static partial Regex SectionPattern();

    [GeneratedRegex("^(    )// (\"(?<key>\\w+)\": (?<value>.*),)$", RegexOptions.Multiline)]
    private static partial Regex SettingPattern();
}
