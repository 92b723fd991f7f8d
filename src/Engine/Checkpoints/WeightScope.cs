using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// A position in a checkpoint's key tree from which a module reads its weights: a source, a key prefix, and the storage of weights in
/// memory. Modules pass <see cref="Sub"/> scopes to their submodules.
/// </summary>
public sealed class WeightScope(IWeightSource source, ComputeOptions compute, string prefix = "")
{
    /// <summary>Device, compute dtype and kernels for the modules built from this scope.</summary>
    public ComputeOptions Compute { get; } = compute;

    /// <summary>The key prefix, without a trailing dot; empty at the root.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>Returns the scope of <c>prefix.name</c>; <paramref name="name"/> may contain dots.</summary>
    public WeightScope Sub(string name) => new(source, Compute, Key(name));

    /// <summary>Returns the scope of the <paramref name="index"/>-th entry of a list.</summary>
    public WeightScope Sub(int index) => Sub(index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Returns this scope with weights stored and multiplied in another dtype.</summary>
    public WeightScope In(ScalarType dtype) => new(source, Compute with { Dtype = dtype }, Prefix);

    /// <summary>Returns true when the checkpoint holds <c>prefix.name</c>.</summary>
    public bool Has(string name) => source.Contains(Key(name));

    /// <summary>Reads the weight <c>prefix.name</c> of exactly this shape, placed on the device in the compute dtype.</summary>
    public Tensor Weight(string name, params ReadOnlySpan<long> shape) => Weight(name, Compute.Dtype, shape);

    /// <summary>Reads the weight <c>prefix.name</c> in its own dtype, for modules that must not follow the compute dtype.</summary>
    public Tensor Weight(string name, ScalarType dtype, params ReadOnlySpan<long> shape) =>
        WeightMatrix.Move(source.Read(Key(name), shape), Compute.Device, dtype);

    /// <summary>
    /// Reads the weight <c>prefix.name</c> of a linear layer (out, in) or embedding (entries, width), placed on the device in its
    /// stored form; it multiplies in the compute dtype.
    /// </summary>
    public WeightMatrix Matrix(string name, long rows, long columns) =>
        source.ReadMatrix(Key(name), rows, columns).Place(Compute.Device, Compute.Dtype);

    private string Key(string name) => Prefix.Length == 0 ? name : $"{Prefix}.{name}";
}
