using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Layers;

/// <summary>
/// Sinusoidal timestep embedding followed by two linears (docs/reference/transformer.md, fact 5). Keys:
/// <c>timestep_embedder.linear_1</c>, <c>timestep_embedder.linear_2</c>. (N) to (N, dim).
/// </summary>
public sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private const int Sinusoids = 256;
    private const double MaxPeriod = 10_000;

    private readonly ComputeOptions _compute;
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public TimestepEmbedding(WeightScope scope, long dim)
        : base(nameof(TimestepEmbedding))
    {
        _compute = scope.Compute;
        linear_1 = new Linear(scope.Sub("timestep_embedder.linear_1"), Sinusoids, dim);
        linear_2 = new Linear(scope.Sub("timestep_embedder.linear_2"), dim, dim);
        RegisterComponents();
    }

    /// <summary>
    /// Returns 256 float32 values per scaled timestep (N): cosines first, then sines. Runs on the CPU, because there are few.
    /// </summary>
    internal static Tensor Sinusoid(Tensor timesteps)
    {
        using var scope = TensorScope.Open();
        const int half = Sinusoids / 2;
        var exponent = arange(half, ScalarType.Float32) * (-Math.Log(MaxPeriod)) / half;
        var angles = timesteps.unsqueeze(-1) * exponent.exp();
        return cat([angles.cos(), angles.sin()], -1).MoveToOuterDisposeScope();
    }

    /// <param name="timesteps">(N), float32, CPU, already scaled.</param>
    public override Tensor forward(Tensor timesteps)
    {
        using var scope = TensorScope.Open();
        var hidden = F.silu(linear_1.forward(Sinusoid(timesteps).to(_compute.Dtype, _compute.Device)));
        return linear_2.forward(hidden).MoveToOuterDisposeScope();
    }
}
