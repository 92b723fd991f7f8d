using MlxVideo.Farm.State;
using MlxVideo.Shared.Models;

namespace MlxVideo.Farm.Decisions;

/// <summary>Chooses the model of a batch among those of the fit workers in the farm.</summary>
public static class ModelSelection
{
    private const int DigestLength = 64;

    /// <summary>Resolves the requested model of a submission.</summary>
    /// <param name="requested">
    /// A digest, at least 6 leading digits of one, or a model's name, of current or former workers; null for the only model in
    /// the farm.
    /// </param>
    public static ModelChoice Choose(FarmState state, string? requested)
    {
        var known = state.Models.Select(model => new KnownModel(
            model.Key, model.Value, [.. state.Workers.Values.Where(worker => worker.IsFit && worker.Model == model.Key)])).ToList();
        var present = known.Where(model => model.Workers.Count > 0).ToList();
        // While all workers are away, for example during a restart of all machines, their models still count as the farm's.
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
                    null, null, $"The farm has {models.Count} models, so the batch must specify one (--model). {Available(models)}"),
            _ => new ModelChoice(
                null, null, $"'{requested}' matches {matching.Count} models; specify one by its digest. {Available(matching)}"),
        };
    }

    /// <summary>
    /// Returns the arithmetic with the most computing power among a model's workers: the most powerful group that produces
    /// identical bits.
    /// </summary>
    private static ModelBinding Bind(IEnumerable<FarmWorker> workers) => workers
        .GroupBy(worker => worker.Binding)
        .OrderByDescending(group => group.Sum(worker => worker.Capabilities.TeraflopsPerSecond))
        .ThenBy(group => group.Key.Arithmetic, StringComparer.Ordinal)
        .First().Key;

    private static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigit);

    private static string Available(IReadOnlyList<KnownModel> models) => models.Count == 0
        ? "No worker is in the farm yet; specify the model by its full digest, or start a worker that has it."
        : $"Available: {string.Join("; ", models)}.";

    private sealed record KnownModel(string Digest, string Name, IReadOnlyList<FarmWorker> Workers)
    {
        public bool Matches(string requested) =>
            ModelNames.Matches(requested, Digest, Workers.Select(worker => worker.ModelName).Prepend(Name));

        public override string ToString() => Workers.Count == 0
            ? $"{Name} ({ModelNames.Shorten(Digest)}), no worker online"
            : $"{Name} ({ModelNames.Shorten(Digest)}) on {string.Join(", ", Workers.Select(worker => worker.Name))}";
    }
}

/// <summary>The outcome of a model selection.</summary>
/// <param name="Model">Digest of the chosen model; null while any model will do, or none could be chosen.</param>
/// <param name="Binding">The model with its arithmetic; null until a worker with that model joins.</param>
/// <param name="Error">Why none could be chosen, in one sentence; null when there is no error.</param>
public sealed record ModelChoice(string? Model, ModelBinding? Binding, string? Error)
{
    /// <summary>The choice in a farm without workers: the first worker to join decides.</summary>
    public static ModelChoice Open { get; } = new(null, null, null);
}
