using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Weights stored among a case's tensors, under the module's key or a mapped name.</summary>
internal sealed class NamedWeights(SafetensorsFile file, string prefix, IReadOnlyDictionary<string, string>? names = null) : IWeightSource
{
    public bool Contains(string key) => file.Header.Tensors.ContainsKey(NameOf(key));

    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        var tensor = file.ReadTensor(NameOf(key));
        return tensor.shape.AsSpan().SequenceEqual(shape)
            ? tensor
            : throw new CheckpointException(
                $"{NameOf(key)} is [{string.Join(", ", tensor.shape)}] instead of [{string.Join(", ", shape.ToArray())}].");
    }

    public WeightMatrix ReadMatrix(string key, long rows, long columns) => new DenseMatrix(Read(key, [rows, columns]));

    private string NameOf(string key) => names?.GetValueOrDefault(key) ?? $"{prefix}.{key}";
}
