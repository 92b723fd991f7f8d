namespace MlxVideo.Engine.Stages;

/// <summary>A stage computed something that is no number: NaN or infinity.</summary>
/// <param name="output">What it is, as in <c>video</c>.</param>
public sealed class NonFiniteOutputException(string output) : Exception($"'{output}' has values that are not finite numbers")
{
    /// <summary>The tensor that it would have handed over.</summary>
    public string Output => output;
}
