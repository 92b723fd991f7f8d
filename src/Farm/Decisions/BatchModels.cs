using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>The models of a submission: that of the batch, and those that some of its rows name instead.</summary>
/// <param name="Own">The choice for rows without a model of their own.</param>
/// <param name="OfRows">The choices for the others, by the name in the request.</param>
internal sealed record BatchModels(ModelChoice Own, IReadOnlyDictionary<string, ModelChoice> OfRows)
{
    /// <summary>Why a model could not be chosen, in one sentence; null when all were.</summary>
    public string? Error => Own.Error ?? OfRows.Values.Select(choice => choice.Error).FirstOrDefault(error => error is not null);

    /// <summary>The models of rows that workers in the farm have.</summary>
    public IEnumerable<ModelBinding> BindingsOfRows => OfRows.Values.Select(choice => choice.Binding).OfType<ModelBinding>().Distinct();

    /// <summary>Chooses the models. A batch whose rows all name a model needs none of its own.</summary>
    public static BatchModels Choose(FarmState state, BatchRequest request)
    {
        var needsOwn = request.Model is not null || request.Clips.Count == 0 || request.Clips.Any(clip => clip.Model is null);
        return new BatchModels(
            needsOwn ? ModelSelection.Choose(state, request.Model) : ModelChoice.Open,
            request.Clips.Select(clip => clip.Model).OfType<string>().Distinct(StringComparer.Ordinal)
                .ToDictionary(name => name, name => ModelSelection.Choose(state, name), StringComparer.Ordinal));
    }

    /// <summary>Returns the request with digests in place of the names of models.</summary>
    public BatchRequest Resolve(BatchRequest request) => OfRows.Count == 0
        ? request
        : request with
        {
            Clips = request.Clips.Select(clip => clip.Model is { } name ? clip with { Model = OfRows[name].Model } : clip).ToList(),
        };
}
