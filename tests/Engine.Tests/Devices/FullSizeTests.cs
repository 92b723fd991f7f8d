using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>
/// The released models at typical render sizes, on libtorch's meta device: every tensor that the engine would create on a Metal
/// device is within Metal's limits. The meta device has no convolutions, hence the decoder is not covered.
/// </summary>
public sealed class FullSizeTests
{
    private static readonly ComputeOptions Compute = new(ShapeOnlyWeights.Device, ScalarType.BFloat16, new MetalSafeKernels());

    [Theory]
    [InlineData("ltx-2.0-19b", 1280, 704, 121)]
    [InlineData("ltx-2.0-19b", 1920, 1088, 121)]
    [InlineData("ltx-2.0-19b", 1920, 1088, 129)]
    [InlineData("ltx-2.3-22b", 1280, 704, 257)]
    public void Denoise_step_stays_within_the_limits_of_metal(string version, int width, int height, int frames)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var configs = Configs(version);
        // All blocks are alike: one is representative.
        using var transformer = new LtxTransformer(
            new WeightScope(new ShapeOnlyWeights(), Compute, LtxTransformer.KeyPrefix), configs.Transformer with { Layers = 1 });
        var video = new VideoGrid(LatentSize.ForPixels(frames, width, height), configs.VideoChannels, 24);
        var audio = new AudioGrid(AudioLatentSize.FramesForVideo(frames, 24), configs.AudioLatentChannels, configs.AudioLatentMelBins);
        var seen = Watched(() => transformer.Forward(
            Input(video.State(), transformer.VideoRotation(video.Positions()), configs.Transformer.Video),
            Input(audio.State(), transformer.AudioRotation(audio.Positions()), configs.Transformer.Audio!)));
        Assert.True(seen > 100, $"Only {seen} tensors were checked.");
    }

    private static ModalityInput Input(LatentState state, StreamRotation rotation, StreamConfig stream) => new(
        state.Latent.to(ShapeOnlyWeights.Device),
        full([1, state.Tokens], 0.5f),
        full([1], 0.5f),
        rotation,
        empty([1, 1024, stream.CaptionChannels ?? stream.ContextDim], ScalarType.BFloat16, ShapeOnlyWeights.Device));

    /// <summary>Runs an action under the Metal rules and returns the number of tensors checked.</summary>
    private static int Watched(Action run)
    {
        var (seen, errors) = (0, new List<string>());
        using (TensorScope.Watch(tensor =>
        {
            seen++;
            if (tensor.device.type == DeviceType.META && MetalRules.Error(tensor) is { } error)
                errors.Add(error);
        }))
        using (DeviceOperations.Watch(operation =>
        {
            if (MetalRules.Error(operation) is { } error)
                errors.Add(error);
        }))
        {
            run();
        }

        Assert.Empty(errors);
        return seen;
    }

    private static ModelConfigs Configs(string version) => new(
        ConfigSection.Parse(
            version, File.ReadAllText(Path.Combine(GoldenRoot.Checkout(), "tests", "golden", "manifest", $"{version}.config.json"))),
        [],
        ConfigSection.Parse("gemma", "{}"));
}
