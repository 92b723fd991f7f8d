using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Logs;

/// <summary>Limits how many logs of attempts a response contains, by number and by size.</summary>
internal static class AttemptLogPage
{
    private const long MaxCharacters = 16_000_000;

    /// <summary>Characters of a line besides its text.</summary>
    private const int LineOverhead = 60;

    /// <summary>Returns the first attempts, at least one.</summary>
    /// <param name="attempts">The attempts; enumerated as far as they are needed.</param>
    /// <param name="limit">Maximum number of attempts.</param>
    /// <param name="maxCharacters">Maximum size of more than one attempt.</param>
    public static AttemptLogList Of(
        string batch, IEnumerable<AttemptLogView> attempts, int limit, long maxCharacters = MaxCharacters)
    {
        var (page, size) = (new List<AttemptLogView>(), 0L);
        foreach (var attempt in attempts)
        {
            size += SizeOf(attempt);
            if (page.Count == limit || (page.Count > 0 && size > maxCharacters))
                return new AttemptLogList(batch, page) { HasMore = true };
            page.Add(attempt);
        }

        return new AttemptLogList(batch, page);
    }

    private static long SizeOf(AttemptLogView attempt) =>
        (attempt.Error?.Length ?? 0) + attempt.Lines.Sum(line => (long)line.Text.Length + LineOverhead);
}
