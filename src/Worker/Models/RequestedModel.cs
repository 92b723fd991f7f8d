using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Text;

namespace MlxVideo.Worker.Models;

/// <summary>The model that a worker is to fetch.</summary>
/// <param name="Text">A name, a digest or at least 6 leading digits of one; null for the only model.</param>
internal sealed record RequestedModel(string? Text)
{
    /// <summary>Chooses among the models that were fetched before.</summary>
    /// <returns>Null when none matches.</returns>
    /// <exception cref="InvalidConfigurationException">Several match.</exception>
    public ModelFileList? Choose(IReadOnlyList<ModelFileList> fetched)
    {
        var matching = fetched.Where(model => Matches(model.Digest, [model.Name])).ToList();
        return matching.Count <= 1
            ? matching.FirstOrDefault()
            : throw new InvalidConfigurationException(
                $"This worker has fetched several models{Condition}: choose one with --model-name and its name or digest. "
                    + $"Available: {string.Join("; ", matching.Select(model => Describe(model.Digest, model.Name)))}.");
    }

    /// <summary>Chooses among the models in a farm.</summary>
    /// <param name="farmAddress">The farm's address, for messages.</param>
    /// <exception cref="InvalidConfigurationException">Several match.</exception>
    /// <exception cref="IOException">None matches, which may change.</exception>
    public HeldModel Choose(FarmModels farm, string farmAddress)
    {
        var matching = farm.Models.Where(model => Matches(model.Digest, model.Names)).ToList();
        return (matching.Count, farm.Models.Count) switch
        {
            (1, _) => matching[0],
            (_, 0) => throw new IOException(
                $"No worker in the farm at {farmAddress} has a model to fetch: start one there with --model FOLDER first, or this one."),
            (0, _) => throw new IOException(
                $"No worker in the farm at {farmAddress} has a model '{Text}': start one that has it, or choose another with --model-name. "
                    + $"Available: {Describe(farm.Models)}."),
            _ => throw new InvalidConfigurationException(
                $"The farm at {farmAddress} has several models{Condition}: choose one with --model-name and its name or digest. "
                    + $"Available: {Describe(matching)}."),
        };
    }

    private string Condition => Text is null ? "" : $" that match '{Text}'";

    private bool Matches(string digest, IReadOnlyList<string> names) =>
        Text is null || ModelNames.Matches(Text, digest, names);

    private static string Describe(IEnumerable<HeldModel> models) =>
        string.Join("; ", models.Select(model => Describe(model.Digest, model.Names[0])));

    private static string Describe(string digest, string name) =>
        $"{PrintableText.Of(name, ModelFileList.MaxName)} ({ModelNames.Shorten(digest)})";
}
