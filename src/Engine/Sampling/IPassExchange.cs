namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The way to another machine that computes passes of guided steps for this one. Whoever computes a pass, its bits are the
/// same, so a machine that is slow or gone changes nothing but the time.
/// </summary>
public interface IPassExchange
{
    /// <summary>Offers a step; returns at once.</summary>
    /// <param name="step">The step's index.</param>
    /// <param name="passes">How many passes it has.</param>
    /// <param name="writeTokens">Writes the tokens to a file; not called when there is nobody to send them to.</param>
    /// <returns>How many of the passes, the last ones, are computed elsewhere; fewer than <paramref name="passes"/>, 0 when nobody helps.</returns>
    int Offer(int step, int passes, Action<string> writeTokens);

    /// <summary>Waits for what was offered.</summary>
    /// <param name="step">The step's index.</param>
    /// <returns>The file of velocities; null when they will not come in time: then they must be computed here.</returns>
    string? Receive(int step);
}
