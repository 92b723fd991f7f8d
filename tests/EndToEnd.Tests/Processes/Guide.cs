using System.Text.RegularExpressions;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A document whose commands are pasted into the terminals of several Macs.</summary>
internal static partial class Guide
{
    /// <summary>
    /// Reads the blocks of commands: lines that are indented by four blanks. The Mac is the one that was last named, as "Mac 1", before the
    /// block; that is how readers find it, too.
    /// </summary>
    public static IReadOnlyList<GuideBlock> Read(string file)
    {
        var blocks = new List<GuideBlock>();
        var (section, mac, isOpen) = ("", "", false);
        foreach (var line in File.ReadLines(file))
        {
            var isCommand = CommandPattern().IsMatch(line);
            if (isCommand && isOpen)
                blocks[^1] = blocks[^1] with { Text = $"{blocks[^1].Text}\n{line.Trim()}" };
            else if (isCommand)
                blocks.Add(new GuideBlock(section, mac, line.Trim()));
            if (!isCommand && HeadingPattern().Match(line) is { Success: true } heading)
                section = heading.Value;
            if (!isCommand)
                mac = LastMac(line) ?? mac;
            isOpen = isCommand;
        }

        return blocks;
    }

    private static string? LastMac(string line) => MacPattern().Matches(line) is { Count: > 0 } macs ? macs[^1].Value : null;

    [GeneratedRegex(@"^    \S")]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"^## \d+")]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"\bMac \d\b")]
    private static partial Regex MacPattern();
}

/// <summary>Commands that are pasted together.</summary>
/// <param name="Section">The heading up to its number, <c>## 2</c>; empty in front of the first.</param>
/// <param name="Mac">The machine, <c>Mac 1</c>; empty when none was named.</param>
/// <param name="Text">The commands, one a line.</param>
internal sealed record GuideBlock(string Section, string Mac, string Text);
