using System.Text.RegularExpressions;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>
/// Constructs of bash that version 3.2, the one on macOS, rejects or misunderstands. Comments are ignored; here-documents are not.
/// </summary>
internal static class NewerBash
{
    private const string Name = @"[A-Za-z_]\w*";
    private const string Declaration = @"\b(?:declare|local|typeset|readonly)\s+(?:-\w+\s+)*-\w*";

    private static readonly IReadOnlyList<(string Construct, Regex Pattern)> Rules =
    [
        Rule("associative array", $"{Declaration}A"),
        Rule("name reference", $"{Declaration}n"),
        Rule("global declaration", $"{Declaration}g"),
        Rule("case attribute", $"{Declaration}[lu]"),
        Rule("local options", @"\blocal\s+-(?:\s|;|$)"),
        Rule("mapfile", @"\b(?:mapfile|readarray)\b"),
        Rule("case conversion", $@"\$\{{!?{Name}(?:\[[^]]*\])?(?:,|\^)"),
        Rule("transformation", $@"\$\{{!?{Name}(?:\[[^]]*\])?@[A-Za-z]\}}"),
        Rule("negative subscript", $@"\$\{{#?{Name}\[\s*-\s*\d|(?:^|[\s;]){Name}\[\s*-\s*\d+\s*\]\+?="),
        Rule("negative length", $@"\$\{{{Name}(?:\[[^]]*\])?:[^:}}]*:\s*-\s*\d"),
        Rule("appending redirection of both outputs", "&>>"),
        Rule("pipe of both outputs", @"\|&"),
        Rule("descriptor in a variable", $@"\{{{Name}\}}[<>]"),
        Rule("coprocess", @"\bcoproc\b"),
        Rule("time format of printf", @"\bprintf\b.*%[-\d]*\([^)]*\)T"),
        Rule("printf into an array", $@"\bprintf\s+-v\s+[""']?{Name}\["),
        Rule("wait for any job", @"\bwait\b[^;|&]*\s-\w*n\b"),
        Rule("test whether a variable is set", @"(?:\[|\btest)\s+(?:!\s+)?-[vR]\s"),
        Rule("read of a fraction of a second", @"\bread\b[^;|]*\s-\w*t\s*\d*\.\d"),
        Rule("read of exactly n characters, or with a default", @"\bread\s+(?:-\w+\s+)*-\w*[iN]\b"),
        Rule("new variable", @"\b(?:EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASHPID|BASH_XTRACEFD|BASH_ARGV0|BASH_COMPAT)\b"),
        Rule("new shell option", @"\bshopt\b.*\b(?:globstar|lastpipe|inherit_errexit|dirspell|autocd|globasciiranges|assoc_expand_once)\b"),
        Rule("fall-through in case", ";;?&"),
        Rule("brace range with a step or leading zeros", @"\{-?\w+\.\.-?\w+\.\.-?\d|\{-?0\d+\.\.|\{-?\d+\.\.-?0\d"),
        Rule("Unicode escape", @"\\u[0-9A-Fa-f]|\\U[0-9A-Fa-f]"),
    ];

    /// <summary>Ways to make an array that can be empty.</summary>
    private static readonly Regex PossiblyEmpty = new(
        $@"(?<![\w$])(?<array>{Name})=\(\s*(?:\)|\$)|\b(?:declare|local|typeset)\s+-\w*a\w*\s+(?<array>{Name})(?:\s|;|$)"
        + $@"|\bread\s+(?:-\w+\s+)*-\w*a\s+(?<array>{Name})", RegexOptions.CultureInvariant | RegexOptions.Multiline);

    /// <summary>Returns the constructs in a script, each as <c>line N: construct</c>.</summary>
    public static IEnumerable<string> In(string script)
    {
        var arrays = PossiblyEmpty.Matches(script).Select(match => match.Groups["array"].Value).Distinct().ToList();
        // With 'set -u', versions before 4.4 treat an empty array as unset; ${a[@]+"${a[@]}"} works everywhere.
        var rules = Rules.Concat(arrays.Select(array => Rule("unguarded array", $@"(?<!\+""?)\$\{{{array}\[[@*]\][}}:]")));
        return from line in script.Split('\n').Index()
               where !line.Item.TrimStart().StartsWith('#')
               from rule in rules
               where rule.Pattern.IsMatch(line.Item)
               select $"line {line.Index + 1}: {rule.Construct}";
    }

    private static (string Construct, Regex Pattern) Rule(string construct, string pattern) =>
        (construct, new Regex(pattern, RegexOptions.CultureInvariant));
}
