using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Completions of a command line, for the shell scripts that <c>mlx-video completion</c> prints.</summary>
public static class Completions
{
    /// <summary>First argument of a request for completions; the second is the command line up to the cursor.</summary>
    public const string Request = "[suggest]";

    /// <summary>Writes the completions, one per line, if the arguments request them.</summary>
    /// <returns>False when the arguments are a command to run.</returns>
    public static bool TryWrite(Command root, IReadOnlyList<string> args, TextWriter output)
    {
        if (args is not [Request, var line])
            return false;
        foreach (var completion in Find(root, line))
            output.WriteLine(completion);
        return true;
    }

    /// <summary>Returns the completions of the last word of a command line. Options appear once the word begins with a hyphen.</summary>
    /// <param name="line">The line up to the cursor, beginning with the program.</param>
    public static IReadOnlyList<string> Find(Command root, string line)
    {
        if (line.IndexOf(' ', StringComparison.Ordinal) is not (>= 0 and var end))
            return [];
        var word = line[(line.LastIndexOf(' ') + 1)..];
        // The program may have been typed with its folder, or by another name. An incomplete word could be mistaken for an argument.
        var before = root.Name + line[end..^word.Length];
        return root.Parse(before).GetCompletions(before.Length).Select(completion => completion.InsertText ?? completion.Label)
            .Where(text => text.StartsWith(word, StringComparison.Ordinal) && IsUsual(text) && (word.Length > 0 || text[0] != '-'))
            .Distinct().Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>False for the short forms of <c>--help</c> that are usual on other systems.</summary>
    private static bool IsUsual(string text) => text is not ("" or "-?" or "/?" or "/h");
}
