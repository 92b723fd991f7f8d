using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Projected guidance that remembers the pushes of earlier steps (golden/schedule: <c>legacy_apg</c>). Its delta has the
/// factor scale, not scale − 1.
/// </summary>
/// <param name="scale">Factor of the push.</param>
/// <param name="eta">Share of the part along the conditional prediction that is kept.</param>
/// <param name="normThreshold">Largest norm of a sample's push; 0 for none.</param>
/// <param name="momentum">Share of the earlier pushes that is added to each new one.</param>
public sealed class MomentumGuidance(double scale, double eta, double normThreshold, double momentum) : IDisposable
{
    private Tensor? _running;

    /// <summary>What is to be added to the conditional prediction in this step.</summary>
    public Tensor Delta(Tensor conditional, Tensor unconditional)
    {
        using var scope = TensorScope.Open();
        var push = conditional - unconditional;
        if (_running is not null)
            push = push + _running * (float)momentum;
        _running?.Dispose();
        _running = push.alias().DetachFromDisposeScope();
        return ProjectedGuidance.Push(push, conditional, scale, eta, normThreshold).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _running?.Dispose();
}
