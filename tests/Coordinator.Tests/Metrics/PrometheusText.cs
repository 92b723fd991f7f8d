using System.Globalization;
using System.Text.RegularExpressions;

namespace MlxVideo.Coordinator.Tests.Metrics;

/// <summary>A scraped page in Prometheus' text format. Lines that the format does not allow are an error.</summary>
internal sealed partial class PrometheusText
{
    private readonly List<Sample> _samples = [];
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);

    /// <summary>Names of all metrics, without the suffixes of a histogram's series.</summary>
    public IReadOnlyCollection<string> Names => _types.Keys;

    /// <summary>Parses a page.</summary>
    /// <exception cref="FormatException">The page is not in the format.</exception>
    public static PrometheusText Parse(string page)
    {
        var text = new PrometheusText();
        foreach (var line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var name, var type])
                text._types.Add(name, type);
            else if (line.StartsWith("# HELP ", StringComparison.Ordinal) || line.StartsWith("# UNIT ", StringComparison.Ordinal)
                || line == "# EOF")
                continue;
            else if (SampleLine().Match(line) is { Success: true } match)
                text._samples.Add(new Sample(match.Groups["name"].Value, Labels(match), Value(match.Groups["value"].Value)));
            else
                throw new FormatException($"Not a line of the format: {line}");
        }

        return text;
    }

    /// <summary>Fetches and parses a page.</summary>
    public static async Task<PrometheusText> GetAsync(HttpClient client, Uri metrics) => Parse(await client.GetStringAsync(metrics));

    /// <summary>Returns the type of a metric.</summary>
    public string TypeOf(string name) => _types[name];

    /// <summary>Returns the sum of a metric's samples that have the given labels; 0 when there are none.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    /// <summary>Returns the only sample of a metric with the given labels.</summary>
    public double Single(string name, params (string Name, string Value)[] labels) => Assert.Single(Matching(name, labels)).Value;

    /// <summary>Returns the values of a label of a metric.</summary>
    public IReadOnlyList<string> ValuesOf(string name, string label) =>
        Matching(name, []).Select(sample => sample.Labels.GetValueOrDefault(label, "")).Distinct().Order(StringComparer.Ordinal).ToList();

    private static double Value(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static Dictionary<string, string> Labels(Match match) => match.Groups["label"].Captures
        .Zip(match.Groups["text"].Captures, (label, text) => (label.Value, text.Value)).ToDictionary(StringComparer.Ordinal);

    private IEnumerable<Sample> Matching(string name, (string Name, string Value)[] labels) => _samples.Where(
        sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value));

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_:][\w:]*)(\{((?<label>[a-zA-Z_]\w*)="(?<text>([^"\\]|\\.)*)",?)*\})? (?<value>\S+)( [0-9.]+)?$""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SampleLine();

    private sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
}
