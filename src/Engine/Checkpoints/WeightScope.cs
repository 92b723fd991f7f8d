using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// A place in a checkpoint's key tree from which a module takes its weights: a source, a key prefix, and how weights are
/// stored in memory. Modules pass <see cref="Sub"/> scopes to their parts.
/// </summary>
public sealed class WeightScope(IWeightSource source, ComputeOptions compute, string prefix = "")
{
    /// <summary>Device, compute dtype and kernels for the modules built from this scope.</summary>
    public ComputeOptions Compute { get; } = compute;

    /// <summary>The key prefix, without a trailing dot; empty at the root.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>The scope of <c>prefix.name</c>; <paramref name="name"/> may contain dots.</summary>
    public WeightScope Sub(string name) => new(source, Compute, Key(name));

    /// <summary>The scope of the <paramref name="index"/>-th entry of a list.</summary>
    public WeightScope Sub(int index) => Sub(index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>This place, its weights held and multiplied in another dtype.</summary>
    public WeightScope In(ScalarType dtype) => new(source, Compute with { Dtype = dtype }, Prefix);

    /// <summary>True when the checkpoint holds <c>prefix.name</c>.</summary>
    public bool Has(string name) => source.Contains(Key(name));

    /// <summary>The weight <c>prefix.name</c> of exactly this shape, on the device in the compute dtype.</summary>
    public Tensor Weight(string name, params ReadOnlySpan<long> shape) => Weight(name, Compute.Dtype, shape);

    /// <summary>The weight <c>prefix.name</c> in a dtype of its own, for parts that must not follow the compute dtype.</summary>
    public Tensor Weight(string name, ScalarType dtype, params ReadOnlySpan<long> shape) =>
        WeightMatrix.Move(source.Read(Key(name), shape), Compute.Device, dtype);

    /// <summary>
    /// The weight <c>prefix.name</c> of a linear layer (out, in) or embedding (entries, width), on the device in the form
    /// that it is stored in; it multiplies in the compute dtype.
    /// </summary>
    public WeightMatrix Matrix(string name, long rows, long columns) =>
        source.ReadMatrix(Key(name), rows, columns).Place(Compute.Device, Compute.Dtype);

    private string Key(string name) => Prefix.Length == 0 ? name : $"{Prefix}.{name}";
}
