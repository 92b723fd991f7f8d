namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>All operations of the self-test.</summary>
internal static class TestedOperations
{
    /// <summary>The operations, in the order in which they are tested.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        .. SelectionOperations.All, .. ProductOperations.All, .. AttentionOperations.All, .. ConvolutionOperations.All,
        .. NormOperations.All,
    ];
}
