namespace MlxVideo.Engine.Stages;

/// <summary>A stage computed NaN or infinity.</summary>
/// <param name="output">Name of the output, for example <c>video</c>.</param>
public sealed class NonFiniteOutputException(string output) : Exception($"'{output}' contains values that are not finite numbers")
{
    /// <summary>Name of the rejected output.</summary>
    public string Output => output;
}
