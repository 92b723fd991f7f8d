namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The way to another machine that computes evaluations of guided steps for this one. Machines of one kind, with equal settings, compute
/// the same bits, so one that is slow or gone changes nothing but the time.
/// </summary>
public interface IEvaluationExchange
{
    /// <summary>Offers a step; does not wait for the other machine.</summary>
    /// <param name="step">The step's index.</param>
    /// <param name="evaluations">How many passes it has.</param>
    /// <param name="writeTokens">Writes the tokens to a file; not called when there is nobody to send them to.</param>
    /// <returns>
    /// How many of the evaluations, the last ones, are computed elsewhere; fewer than <paramref name="evaluations"/>, 0 when nobody helps.
    /// </returns>
    int Offer(int step, int evaluations, Action<string> writeTokens);

    /// <summary>Waits for what was offered. The evaluations that are computed here are over by then.</summary>
    /// <param name="step">The step's index.</param>
    /// <returns>The file of velocities; null when they will not come in time: then they must be computed here.</returns>
    string? Receive(int step);

    /// <summary>What came can't be used: nothing more is wanted of that machine.</summary>
    /// <param name="step">The step's index.</param>
    /// <param name="reason">One sentence.</param>
    void Reject(int step, string reason);
}
