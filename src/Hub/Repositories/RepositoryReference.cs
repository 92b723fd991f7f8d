using System.Text.RegularExpressions;

namespace MlxVideo.Hub.Repositories;

/// <summary>A repository at a revision, as users write it: <c>OWNER/NAME</c>, <c>OWNER/NAME@REVISION</c> or an alias.</summary>
/// <param name="Revision">A branch, a tag or a commit.</param>
public sealed partial record RepositoryReference(RepositoryId Repository, string Revision)
{
    /// <summary>The revision when none is given.</summary>
    public const string DefaultRevision = "main";

    private const string NewestLtx2 = "Lightricks/LTX-2";

    /// <summary>Short names of repositories. Those that end in <c>-mlx</c> are the aliases of the Python project mlx-video.</summary>
    private static readonly IReadOnlyDictionary<string, string> RepositoryOfAlias =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["ltx-2"] = NewestLtx2,
            ["ltx-2.3"] = "Lightricks/LTX-2.3",
            ["gemma-3-12b"] = "google/gemma-3-12b-it",
            ["ltx2-dev-8bit-mlx"] = "AITRADER/ltx2-dev-8bit-mlx",
            ["ltx2-dev-4bit-mlx"] = "AITRADER/ltx2-dev-4bit-mlx",
            ["ltx2-distilled-8bit-mlx"] = "AITRADER/ltx2-distilled-8bit-mlx",
            ["ltx2-distilled-4bit-mlx"] = "AITRADER/ltx2-distilled-4bit-mlx",
        };

    /// <summary>All aliases.</summary>
    public static IEnumerable<string> Aliases => RepositoryOfAlias.Keys;

    /// <summary>Parses a reference.</summary>
    /// <exception cref="HubException">The text is neither a repository nor an alias.</exception>
    public static RepositoryReference Parse(string text)
    {
        var (name, revision) = text.Split('@', 2) is [var before, var after] ? (before, after) : (text, DefaultRevision);
        if (RepositoryId.Parse(RepositoryOfAlias.GetValueOrDefault(name, name)) is not { } repository)
            throw new HubException($"'{text}' is not a model repository; use OWNER/NAME, for example {NewestLtx2}, or one of the aliases "
                + $"{string.Join(", ", Aliases)}.");
        if (!RevisionPattern().IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
            throw new HubException($"'{revision}' is not a revision of {repository}; use a branch, a tag or a commit.");
        return new RepositoryReference(repository, revision);
    }

    /// <summary>True when the revision is a commit, which never changes.</summary>
    public bool IsCommit => CommitPattern().IsMatch(Revision);

    /// <inheritdoc/>
    public override string ToString() => Revision == DefaultRevision ? $"{Repository}" : $"{Repository}@{Revision}";

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}
