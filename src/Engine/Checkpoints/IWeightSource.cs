using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Supplies modules with weights by checkpoint key while they are built. Implementations read checkpoint files, draw random weights, or
/// only record requests.
/// </summary>
public interface IWeightSource
{
    /// <summary>Returns true when the source holds <paramref name="key"/>; used only for optional weights.</summary>
    bool Contains(string key);

    /// <summary>
    /// Returns the tensor of <paramref name="key"/> in its stored dtype (expanded if that is a packed one), owned by the caller and
    /// outside any dispose scope.
    /// </summary>
    /// <exception cref="CheckpointException">The key is missing or has another shape.</exception>
    Tensor Read(string key, ReadOnlySpan<long> shape);

    /// <summary>Returns the weight (rows, columns) of a linear layer or embedding in its stored form, owned by the caller.</summary>
    /// <exception cref="CheckpointException">The key is missing or has another shape.</exception>
    WeightMatrix ReadMatrix(string key, long rows, long columns) => new DenseMatrix(Read(key, [rows, columns]));
}
