using System.Text.RegularExpressions;

namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that comments cite only documents of this repository and that every cited document, section and fact exists.</summary>
public sealed partial class ReferenceTests
{
    [Fact]
    public void Every_cited_document_exists()
    {
        var missing = from citation in Citations()
                      where !File.Exists(Path.Combine(Repository.Root, citation.Document))
                      select citation.ToString();
        Assert.Equal("", string.Join('\n', missing));
    }

    [Fact]
    public void Every_cited_section_and_fact_exists()
    {
        var missing = from citation in Citations()
                      where citation.Part is not null && File.Exists(Path.Combine(Repository.Root, citation.Document))
                      where !PartsOf(citation.Document).Contains(citation.Part!)
                      select citation.ToString();
        Assert.Equal("", string.Join('\n', missing));
    }

    [Fact]
    public void No_comment_cites_a_document_outside_the_repository() =>
        Assert.Equal("", string.Join('\n', Repository.SourceFiles("*.cs")
            .Where(file => Path.GetFileName(file) != $"{nameof(ReferenceTests)}.cs")
            .SelectMany(file => File.ReadLines(file)
                .Where(line => OutsideDocument().IsMatch(line))
                .Select(line => $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}"))));

    private static IEnumerable<Citation> Citations() =>
        from file in Repository.SourceFiles("*.cs").Concat(Repository.SourceFiles("*.md"))
        let text = LineBreakInComment().Replace(File.ReadAllText(file), " ")
        from match in CitedDocument().Matches(text)
        from part in Parts(match)
        select new Citation(Path.GetRelativePath(Repository.Root, file), match.Groups["document"].Value, part);

    /// <summary>Returns the cited parts; a range such as 'facts 1 to 3' yields its first and last number.</summary>
    private static IEnumerable<string?> Parts(Match match)
    {
        if (!match.Groups["kind"].Success)
            return [null];
        var kind = match.Groups["kind"].Value.TrimEnd('s');
        return match.Groups["number"].Captures.Select(number => $"{kind} {number.Value}");
    }

    private static HashSet<string> PartsOf(string document) =>
        [.. DefinedPart().Matches(File.ReadAllText(Path.Combine(Repository.Root, document)))
            .Select(part => $"{part.Groups["kind"].Value.ToLowerInvariant()} {part.Groups["number"].Value}")];

    [GeneratedRegex(@"\s*\r?\n\s*(?:///?|\*)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex LineBreakInComment();

    [GeneratedRegex(
        @"(?<document>docs/[\w./-]+\.md)"
        + @"(?:,? (?<kind>section|fact|note|draw)s? (?<number>\d+[a-z]?)(?:(?:, | and | to )(?<number>\d+[a-z]?))*)?",
        RegexOptions.CultureInvariant)]
    private static partial Regex CitedDocument();

    [GeneratedRegex(
        @"^(?:#+ |\*\*)(?<kind>Section|Fact|Note|Draw) (?<number>\d+[a-z]?)\b", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex DefinedPart();

    [GeneratedRegex(@"README-\w|\.\./shared|apple-mps\.md|metal-audit\.md", RegexOptions.CultureInvariant)]
    private static partial Regex OutsideDocument();

    private sealed record Citation(string File, string Document, string? Part);
}
