namespace MlxVideo.Worker.Models;

/// <summary>How a model is fetched.</summary>
/// <param name="Parallel">Maximum number of files fetched at a time.</param>
/// <param name="Attempts">Attempts in a row without a new byte before a file fails.</param>
/// <param name="FirstDelay">Delay after an attempt with each source; it doubles with each further round.</param>
/// <param name="LongestDelay">Maximum delay.</param>
/// <param name="ProgressInterval">Interval between two lines about the progress.</param>
internal sealed record ModelFetchSettings(
    int Parallel, int Attempts, TimeSpan FirstDelay, TimeSpan LongestDelay, TimeSpan ProgressInterval)
{
    /// <summary>
    /// Two workers serve four files in parallel; the attempts take a few minutes, during which a worker that was restarted is back.
    /// </summary>
    public static ModelFetchSettings Default { get; } =
        new(Parallel: 4, Attempts: 10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));
}
