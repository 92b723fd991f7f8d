using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Gives modules their weights by checkpoint key while they are built. Implementations read checkpoint files, draw random
/// weights, or only record what is asked for.
/// </summary>
public interface IWeightSource
{
    /// <summary>True when the source holds <paramref name="key"/>; used for optional weights only.</summary>
    bool Contains(string key);

    /// <summary>
    /// The tensor of <paramref name="key"/> in its stored dtype (expanded when that is a packed one), owned by the caller and outside any
    /// dispose scope.
    /// </summary>
    /// <exception cref="CheckpointException">The key is missing or has another shape.</exception>
    Tensor Read(string key, ReadOnlySpan<long> shape);

    /// <summary>The weight (rows, columns) of a linear layer or embedding in the form that it is stored in, owned by the caller.</summary>
    /// <exception cref="CheckpointException">The key is missing or has another shape.</exception>
    WeightMatrix ReadMatrix(string key, long rows, long columns) => new DenseMatrix(Read(key, [rows, columns]));
}
