namespace MlxVideo.Architecture.Tests;

/// <summary>Limits the line length to what fits two files side by side.</summary>
public sealed class LineLengthTests
{
    private const int MaxLength = 140;
    private const string RawString = "\"\"\"";

    [Fact]
    public void No_line_of_code_exceeds_the_limit()
    {
        var tooLong = (from file in Repository.SourceFiles("*.cs")
                       from line in CodeLines(file)
                       where line.Text.Length > MaxLength
                       select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Number}: {line.Text.Length} characters").ToList();
        Assert.True(tooLong.Count == 0, string.Join('\n', tooLong));
    }

    /// <summary>Returns the lines outside raw string literals: JSON and SVG in tests are data, which is clearer on one line.</summary>
    private static IEnumerable<(int Number, string Text)> CodeLines(string file)
    {
        var isRaw = false;
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            var marks = line.Split(RawString).Length - 1;
            if (!isRaw && marks == 0)
                yield return (index + 1, line);
            isRaw ^= marks % 2 == 1;
        }
    }
}
