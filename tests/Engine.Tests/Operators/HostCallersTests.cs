namespace MlxVideo.Engine.Tests.Operators;

public sealed class HostCallersTests
{
    private static readonly OperatorName Noise = OperatorName.Parse("randn.generator");

    private readonly HostCallers _callers = new(new OperatorRules(
        new MetalKernels([]), ["host randn.generator in Sampling.NoiseGenerator: noise", "host stft in Audio: sound"]));

    [Fact]
    public void Type_nearest_to_the_operator_is_the_caller()
    {
        Assert.Equal("Sampling.NoiseGenerator", _callers.CallerOf(Noise, ["Sampling.NoiseGenerator", "Stages.Denoising"]));
        Assert.Equal("Layers.Attention", _callers.CallerOf(Noise, ["Layers.Attention", "Sampling.NoiseGenerator"]));
    }

    [Fact]
    public void Type_that_was_seen_calling_a_permitted_type_stands_for_it_when_that_is_inlined()
    {
        _callers.CallerOf(Noise, ["Sampling.NoiseGenerator", "Stages.Denoising"]);
        Assert.Equal("Sampling.NoiseGenerator", _callers.CallerOf(Noise, ["Stages.Denoising"]));
        Assert.Equal("Layers.Attention", _callers.CallerOf(Noise, ["Layers.Attention", "Stages.Denoising"]));
        Assert.Equal("Stages.Denoising", _callers.CallerOf(OperatorName.Parse("stft"), ["Stages.Denoising"]));
    }

    [Fact]
    public void Type_that_was_never_seen_calling_a_permitted_type_is_the_caller() =>
        Assert.Equal("Stages.Denoising", _callers.CallerOf(Noise, ["Stages.Denoising"]));
}
