using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Weights;

/// <summary>Weights of streamed layers on their way to a device, in every stored form. The CPU plays the device.</summary>
public sealed class StagedWeightsTests
{
    private static readonly string[] Forms = ["dense", "affine", "float8", "adapted dense", "adapted affine"];

    [Fact]
    public void Weights_moved_through_one_buffer_give_the_same_products()
    {
        using var scope = NewDisposeScope();
        using var noise = new NoiseGenerator(1);
        var input = noise.Draw(3, 64).view(3, 64);
        var kernels = new PlainKernels();
        var expected = Forms.ToDictionary(form => form, form => Matrix(form).Product(kernels, input, null));
        using var weights = new PrefetchedWeights(
            new Source(),
            [.. Forms.Select(form => new WeightRequest(form, [32, 64], IsMatrix: true)), new WeightRequest("norm", [64], false)]);
        weights.Stage();
        weights.UploadTo(CPU);
        foreach (var form in Forms)
        {
            using var matrix = weights.ReadMatrix(form, 32, 64);
            Assert.True(matrix.Product(kernels, input, null).eq(expected[form]).all().item<bool>(), form);
        }

        using var norm = weights.Read("norm", [64]);
        Assert.Equal(64, norm.sum().item<float>());
    }

    [Fact]
    public void Staged_weights_that_are_never_uploaded_are_disposed()
    {
        var weights = new PrefetchedWeights(new Source(), [new WeightRequest("adapted affine", [32, 64], IsMatrix: true)]);
        weights.Stage();
        weights.Dispose();
        Assert.Throws<InvalidOperationException>(() => weights.UploadTo(CPU));
    }

    private static WeightMatrix Matrix(string form)
    {
        using var noise = new NoiseGenerator(form.Length);
        var values = noise.Draw(32, 64).view(32, 64);
        if (form.StartsWith("adapted ", StringComparison.Ordinal))
            return new AdaptedMatrix(
                Matrix(form["adapted ".Length..]), noise.Draw(4, 64).view(4, 64).DetachFromDisposeScope(),
                noise.Draw(32, 4).view(32, 4).DetachFromDisposeScope());
        return form switch
        {
            "dense" => new DenseMatrix(values.DetachFromDisposeScope()),
            "affine" => AffineQuantizer.Quantize(values, new AffineFormat(4, 32)),
            "float8" => new Float8Matrix(Float8Format.E4M3, (values.abs() * 16).to(ScalarType.Byte).DetachFromDisposeScope(), 0.5f),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown form."),
        };
    }

    private sealed class Source : IWeightSource
    {
        public bool Contains(string key) => true;

        public Tensor Read(string key, ReadOnlySpan<long> shape) => ones(shape.ToArray()).DetachFromDisposeScope();

        public WeightMatrix ReadMatrix(string key, long rows, long columns) => Matrix(key);
    }
}
