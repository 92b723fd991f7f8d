using System.Text.RegularExpressions;

namespace MlxVideo.Hub.Repositories;

/// <summary>The name of a model repository, <c>OWNER/NAME</c>.</summary>
public sealed partial record RepositoryId
{
    private const string FolderPrefix = "models--";
    private const string FolderSeparator = "--";

    private RepositoryId(string owner, string name) => (Owner, Name) = (owner, name);

    public string Owner { get; }

    public string Name { get; }

    /// <summary>Name of the repository's folder in the cache: <c>models--OWNER--NAME</c>.</summary>
    public string FolderName => $"{FolderPrefix}{Owner}{FolderSeparator}{Name}";

    /// <summary>Parses <c>OWNER/NAME</c>; null for anything else.</summary>
    public static RepositoryId? Parse(string text) =>
        text.Split('/') is [var owner, var name] && IsName(owner) && IsName(name) ? new RepositoryId(owner, name) : null;

    /// <summary>Parses the name of a repository's folder in the cache; null for other folders.</summary>
    public static RepositoryId? ParseFolder(string folderName) =>
        folderName.StartsWith(FolderPrefix, StringComparison.Ordinal)
            && folderName[FolderPrefix.Length..].Split(FolderSeparator, 2) is [var owner, var name]
            ? Parse($"{owner}/{name}")
            : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Owner}/{Name}";

    // The hub also forbids two dots in a row, which keeps names from leaving their folder.
    private static bool IsName(string text) => NamePattern().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}\z")]
    private static partial Regex NamePattern();
}
