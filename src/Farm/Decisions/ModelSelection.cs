using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>Chooses the model of a batch among those of the workers in the farm.</summary>
public static class ModelSelection
{
    /// <summary>Hexadecimal digits of a model's digest that identify it in commands and messages.</summary>
    public const int ShortDigestLength = 12;

    private const int DigestLength = 64;
    private const int MinPrefixLength = 6;

    /// <summary>Resolves the model that a submission asks for.</summary>
    /// <param name="state">The farm.</param>
    /// <param name="requested">
    /// A digest, at least 6 leading digits of one, or a model's name, of workers that are in the farm or were; null for the only
    /// model in the farm.
    /// </param>
    public static ModelChoice Choose(FarmState state, string? requested)
    {
        var known = state.Models.Select(model => new KnownModel(
            model.Key, model.Value, [.. state.Workers.Values.Where(worker => worker.Model == model.Key)])).ToList();
        var present = known.Where(model => model.Workers.Count > 0).ToList();
        // While every worker is away, as in a restart of all machines, the models that they had are still the farm's.
        var models = present.Count > 0 ? present : known;
        var matching = requested is null ? models : known.Where(model => model.Matches(requested)).ToList();
        return matching switch
        {
            [{ Workers: [] } only] => new ModelChoice(only.Digest, null, null),
            [var only] => new ModelChoice(only.Digest, Bind(only.Workers), null),
            [] when requested is null => ModelChoice.Open,
            [] when IsDigest(requested) => new ModelChoice(requested.ToLowerInvariant(), null, null),
            [] => new ModelChoice(null, null, $"No worker has a model '{requested}'. {Available(known)}"),
            _ when requested is null =>
                new ModelChoice(
                    null, null, $"The farm has {models.Count} models, so the batch must name one (--model). {Available(models)}"),
            _ => new ModelChoice(
                null, null, $"'{requested}' stands for {matching.Count} models; name one by its digest. {Available(matching)}"),
        };
    }

    /// <summary>The leading digits of a digest, enough to tell models apart.</summary>
    public static string Shorten(string digest) => digest.Length > ShortDigestLength ? digest[..ShortDigestLength] : digest;

    /// <summary>
    /// The arithmetic with the most computing power among a model's workers: the batch then uses as many of them as can agree on its bits.
    /// </summary>
    private static ModelBinding Bind(IEnumerable<FarmWorker> workers) => workers
        .GroupBy(worker => worker.Binding)
        .OrderByDescending(group => group.Sum(worker => worker.Capabilities.TeraflopsPerSecond))
        .ThenBy(group => group.Key.Arithmetic, StringComparer.Ordinal)
        .First().Key;

    private static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigit);

    private static string Available(IReadOnlyList<KnownModel> models) => models.Count == 0
        ? "No worker is in the farm yet; name the model by its whole digest, or start a worker that has it."
        : $"Available: {string.Join("; ", models)}.";

    private sealed record KnownModel(string Digest, string Name, IReadOnlyList<FarmWorker> Workers)
    {
        public bool Matches(string requested) =>
            (requested.Length >= MinPrefixLength && Digest.StartsWith(requested, StringComparison.OrdinalIgnoreCase))
            || string.Equals(Digest, requested, StringComparison.OrdinalIgnoreCase)
            || string.Equals(Name, requested, StringComparison.OrdinalIgnoreCase)
            || Workers.Any(worker => string.Equals(worker.ModelName, requested, StringComparison.OrdinalIgnoreCase));

        public override string ToString() => Workers.Count == 0
            ? $"{Name} ({Shorten(Digest)}), whose workers are away"
            : $"{Name} ({Shorten(Digest)}) on {string.Join(", ", Workers.Select(worker => worker.Name))}";
    }
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
