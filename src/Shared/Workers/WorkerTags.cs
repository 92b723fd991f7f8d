using MlxVideo.Shared.Csv;

namespace MlxVideo.Shared.Workers;

/// <summary>The tags of a worker, by which clips request it.</summary>
public static class WorkerTags
{
    /// <summary>Returns the tags without surrounding blanks, empty ones and repetitions.</summary>
    public static IReadOnlyList<string> Normalize(IEnumerable<string> tags) =>
        tags.Select(tag => tag.Trim()).Where(tag => tag.Length > 0).Distinct().ToList();

    /// <summary>Returns why no clip could request one of the tags, as one sentence; null when clips can request all of them.</summary>
    public static string? FindError(IEnumerable<string> tags) =>
        tags.Select(ClipConstraintsRules.Tag).FirstOrDefault(error => error is not null);
}
