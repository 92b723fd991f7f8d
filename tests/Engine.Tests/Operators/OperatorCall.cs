namespace MlxVideo.Engine.Tests.Operators;

/// <summary>A call of an operator by the engine, directly or through other operators.</summary>
/// <param name="Caller">The engine's type, for example <c>Layers.Attention</c>.</param>
/// <param name="Place">The golden case and mode of the first such call.</param>
internal sealed record OperatorCall(OperatorName Name, string Caller, string Place)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}, called by {Caller} in {Place},";
}
