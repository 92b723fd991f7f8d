using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// Residual layers of a dilated and a plain convolution, each preceded by an activation. Keys: <c>convs1.N, convs2.N</c>, in 2.3 also
/// <c>acts1.N, acts2.N</c>.
/// </summary>
internal sealed class WaveResBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Negative slope of the leaky ReLUs in 2.0, except the last one.</summary>
    public const double LeakySlope = 0.1;

    private readonly int _layers;
    private readonly ModuleList<WaveConv1d> convs1;
    private readonly ModuleList<WaveConv1d> convs2;
    private readonly ModuleList<AntiAliasedSnake>? acts1;
    private readonly ModuleList<AntiAliasedSnake>? acts2;

    public WaveResBlock(WeightScope scope, long channels, long kernelSize, IReadOnlyList<long> dilations, bool snake)
        : base(nameof(WaveResBlock))
    {
        _layers = dilations.Count;
        convs1 = new ModuleList<WaveConv1d>(
            dilations.Select((dilation, index) => new WaveConv1d(scope.Sub("convs1").Sub(index), channels, channels, kernelSize, dilation))
                .ToArray());
        convs2 = new ModuleList<WaveConv1d>(
            dilations.Select((_, index) => new WaveConv1d(scope.Sub("convs2").Sub(index), channels, channels, kernelSize)).ToArray());
        acts1 = snake ? Snakes("acts1") : null;
        acts2 = snake ? Snakes("acts2") : null;
        RegisterComponents();

        ModuleList<AntiAliasedSnake> Snakes(string key) =>
            new(Enumerable.Range(0, _layers).Select(index => new AntiAliasedSnake(scope.Sub(key).Sub(index), channels)).ToArray());
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var x = input;
        for (var layer = 0; layer < _layers; layer++)
        {
            using var layerScope = TensorScope.Open();
            var hidden = convs1[layer].forward(Activate(acts1, layer, x));
            hidden = convs2[layer].forward(Activate(acts2, layer, hidden));
            x = (x + hidden).MoveToOuterDisposeScope();
        }

        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Activate(ModuleList<AntiAliasedSnake>? snakes, int layer, Tensor input) =>
        snakes is null ? F.leaky_relu(input, LeakySlope) : snakes[layer].forward(input);
}
