namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Connection to a helper that computes evaluations of guided steps. Machines of one kind with equal settings compute identical
/// bits, so a slow or lost helper affects only the duration.
/// </summary>
public interface IEvaluationExchange
{
    /// <summary>Offers a step's evaluations without waiting for the helper.</summary>
    /// <param name="evaluations">Number of evaluations in the step.</param>
    /// <param name="writeTokens">Writes the tokens to the given file; not called without a helper.</param>
    /// <returns>
    /// Number of evaluations, counted from the last, that the helper computes: below <paramref name="evaluations"/>, 0 without a helper.
    /// </returns>
    int Offer(int step, int evaluations, Action<string> writeTokens);

    /// <summary>Waits for the offloaded evaluations; called after the local evaluations have finished.</summary>
    /// <returns>The file of velocities; null when they will not arrive in time and must be computed locally.</returns>
    string? Receive(int step);

    /// <summary>Rejects an unusable result and stops using the helper.</summary>
    /// <param name="reason">One sentence.</param>
    void Reject(int step, string reason);
}
