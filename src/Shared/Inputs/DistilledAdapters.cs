using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Inputs;

/// <summary>Passes and strengths of distilled adapters.</summary>
public static class DistilledAdapters
{
    // The official high-quality pipeline uses strengths of 0.25 and 0.5.
    private const double ShareInPass1 = 0.5;

    /// <summary>
    /// Returns the adapters of a pipeline: the high-quality one also uses them in denoise pass 1, at half of their strength.
    /// </summary>
    public static IEnumerable<AdapterInput> Of(PipelineKind pipeline, IEnumerable<AdapterInput> distilled) =>
        pipeline == PipelineKind.TwoStageHq
            ? distilled.SelectMany(adapter => new[]
            {
                adapter with { Strength = adapter.Strength * ShareInPass1, Passes = AdapterPasses.First },
                adapter with { Passes = AdapterPasses.Second },
            })
            : distilled;
}
