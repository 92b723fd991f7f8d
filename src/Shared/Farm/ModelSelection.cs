namespace MlxVideo.Shared.Farm;

/// <summary>Chooses the model of a batch among those of the workers in the farm.</summary>
public static class ModelSelection
{
    /// <summary>Hexadecimal digits of a model's digest that identify it in commands and messages.</summary>
    public const int ShortDigestLength = 12;

    private const int DigestLength = 64;
    private const int MinPrefixLength = 6;

    /// <summary>Resolves the model that a submission asks for.</summary>
    /// <param name="state">The farm.</param>
    /// <param name="requested">A digest, at least 6 leading digits of one, or a model's name; null for the only model in the farm.</param>
    public static ModelChoice Choose(FarmState state, string? requested)
    {
        var models = state.Workers.Values.GroupBy(worker => worker.Model, StringComparer.Ordinal).OrderBy(model => model.Key, StringComparer.Ordinal).ToList();
        var matching = requested is null ? models : models.Where(workers => Matches(workers.Key, workers, requested)).ToList();
        return matching switch
        {
            [var only] => new ModelChoice(only.Key, Bind(only), null),
            [] when requested is null => ModelChoice.Open,
            [] when IsDigest(requested) => new ModelChoice(requested.ToLowerInvariant(), null, null),
            [] => new ModelChoice(null, null, $"No worker has a model '{requested}'. {Available(models)}"),
            _ when requested is null => new ModelChoice(null, null, $"The farm has {models.Count} models, so the batch must name one (--model). {Available(models)}"),
            _ => new ModelChoice(null, null, $"'{requested}' stands for {matching.Count} models; name one by its digest. {Available(matching)}"),
        };
    }

    /// <summary>The leading digits of a digest, enough to tell models apart.</summary>
    public static string Shorten(string digest) => digest.Length > ShortDigestLength ? digest[..ShortDigestLength] : digest;

    /// <summary>The arithmetic with the most computing power among a model's workers: the batch then uses as many of them as can agree on its bits.</summary>
    private static ModelBinding Bind(IEnumerable<FarmWorker> workers) => workers
        .GroupBy(worker => worker.Binding)
        .OrderByDescending(group => group.Sum(worker => worker.Capabilities.Teraflops))
        .ThenBy(group => group.Key.Arithmetic, StringComparer.Ordinal)
        .First().Key;

    private static bool Matches(string digest, IEnumerable<FarmWorker> workers, string requested) =>
        (requested.Length >= MinPrefixLength && digest.StartsWith(requested, StringComparison.OrdinalIgnoreCase))
        || string.Equals(digest, requested, StringComparison.OrdinalIgnoreCase)
        || workers.Any(worker => string.Equals(worker.ModelName, requested, StringComparison.OrdinalIgnoreCase));

    private static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigit);

    private static string Available(IReadOnlyList<IGrouping<string, FarmWorker>> models) => models.Count == 0
        ? "No worker is in the farm yet; name the model by its whole digest, or start a worker that has it."
        : $"Available: {string.Join("; ", models.Select(workers =>
            $"{workers.First().ModelName} ({Shorten(workers.Key)}) on {string.Join(", ", workers.Select(worker => worker.Name))}"))}.";
}

/// <summary>The outcome of choosing a model.</summary>
/// <param name="Model">Digest of the chosen model; null while any model will do, or none could be chosen.</param>
/// <param name="Binding">The model with its arithmetic; null until a worker with that model joins.</param>
/// <param name="Error">Why none could be chosen: one sentence.</param>
public sealed record ModelChoice(string? Model, ModelBinding? Binding, string? Error)
{
    /// <summary>The farm has no worker yet: the first one that joins decides.</summary>
    public static ModelChoice Open { get; } = new(null, null, null);
}
