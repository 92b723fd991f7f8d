using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers.Streaming;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Layers;

public sealed class StreamedLayersTests
{
    private const int Count = 6;

    private readonly List<int> _built = [];
    private int _failAt = -1;

    [Fact]
    public void First_layers_stay_resident_and_the_others_are_built_in_every_evaluation()
    {
        using var layers = Layers(window: 4);
        var first = Evaluate(layers, Count);
        var second = Evaluate(layers, Count);
        Assert.Equal([0, 1, 2, 3, 4, 5, 2, 3, 4, 5], _built);
        Assert.Same(first[0], second[0]);
        Assert.Same(first[1], second[1]);
        Assert.All(first.Skip(2), layer => Assert.True(layer.IsDisposed));
        Assert.False(first[0].IsDisposed);
    }

    [Theory]
    [InlineData(1)] // in the first evaluation, before all resident layers exist
    [InlineData(3)]
    public void Aborted_evaluation_does_not_affect_the_next(int reached)
    {
        using var layers = Layers(window: 4);
        Evaluate(layers, reached);
        Assert.Equal(Enumerable.Range(0, Count), Evaluate(layers, Count).Select(layer => layer.Index));
        Evaluate(layers, reached);
        Assert.Equal(Enumerable.Range(0, Count), Evaluate(layers, Count).Select(layer => layer.Index));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Layer_that_could_not_be_built_is_built_by_a_retry(int index)
    {
        using var layers = Layers(window: 4);
        _failAt = index;
        Assert.Throws<InvalidOperationException>(() => Evaluate(layers, Count));
        _failAt = -1;
        Assert.Equal(Enumerable.Range(0, Count), Evaluate(layers, Count).Select(layer => layer.Index));
    }

    [Fact]
    public void Resident_layers_are_disposed_with_the_sequence()
    {
        Layer resident;
        using (var layers = Layers(window: 3))
            resident = Evaluate(layers, Count)[0];
        Assert.True(resident.IsDisposed);
    }

    private static List<Layer> Evaluate(StreamedLayers<Layer> layers, int reached)
    {
        var taken = new List<Layer>();
        for (var index = 0; index < reached; index++)
        {
            taken.Add(layers.Take(index));
            layers.Release(taken[^1]);
        }

        return taken;
    }

    private StreamedLayers<Layer> Layers(int window) => new(
        Count, window, CPU, _ => new PrefetchedWeights(new ShapeOnlyWeights(), []), (_, index) =>
        {
            if (index == _failAt)
                throw new InvalidOperationException("no memory");
            _built.Add(index);
            return new Layer(index);
        });

    private sealed class Layer(int index) : IDisposable
    {
        public int Index => index;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
