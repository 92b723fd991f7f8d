using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Weights;

/// <summary>Uniform random weights, fast to draw and scaled to keep activations of order one.</summary>
/// <param name="dtype">The dtype in which the weights are drawn.</param>
public sealed class UniformWeights(ScalarType dtype) : IWeightSource
{
    private readonly Generator _generator = new(1);

    /// <inheritdoc/>
    public bool Contains(string key) => false;

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape) => Draw(shape.ToArray()).DetachFromDisposeScope();

    /// <summary>Writes weights of these keys and shapes in bfloat16; only one tensor is in memory at a time.</summary>
    public void Write(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = shapes.Select(entry => new TensorToWrite(entry.Key, TensorDtype.BF16, entry.Value, stream =>
        {
            using var scope = NewDisposeScope();
            SafetensorsTensors.ToWrite(entry.Key, Draw(entry.Value.ToArray()).to(ScalarType.BFloat16)).WriteData(stream);
        }));
        SafetensorsWriter.Write(path, entries, metadata);
    }

    private Tensor Draw(long[] shape)
    {
        using var scope = NewDisposeScope();
        var inputs = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        var uniform = rand(shape, dtype, generator: _generator);
        return (shape.Length == 1 ? uniform.sub_(0.5f) : uniform.sub_(0.5f).mul_(3.46f / MathF.Sqrt(inputs))).MoveToOuterDisposeScope();
    }
}
