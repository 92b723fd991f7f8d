using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Chaos.Batches;

/// <summary>Attempts of the stages of a run.</summary>
/// <param name="Total">Number of attempts.</param>
/// <param name="Retries">Attempts after the first one of a stage, including speculative ones.</param>
public sealed record Attempts(int Total, int Retries)
{
    /// <summary>Counts the attempts of batches.</summary>
    public static Attempts Of(IEnumerable<BatchView> batches)
    {
        var stages = batches.SelectMany(batch => batch.Clips).SelectMany(clip => clip.Stages).Select(stage => stage.Attempt).ToList();
        return new Attempts(stages.Sum(), stages.Sum(attempt => Math.Max(0, attempt - 1)));
    }
}
