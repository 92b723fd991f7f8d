using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

public sealed class ComputeSettingsTests
{
    [Fact]
    public void Cpu_defaults_to_float32_with_plain_kernels()
    {
        var options = new ComputeSettings(Device: "cpu").Resolve();
        Assert.Equal((DeviceType.CPU, ScalarType.Float32), (options.Device.type, options.Dtype));
        Assert.IsType<PlainKernels>(options.Kernels);
    }

    [Fact]
    public void Metal_safe_kernels_can_be_selected_on_any_device()
    {
        var options = new ComputeSettings("cpu", "bfloat16", "metal-safe").Resolve();
        Assert.Equal(ScalarType.BFloat16, options.Dtype);
        Assert.IsType<MetalSafeKernels>(options.Kernels);
    }

    [Theory]
    [InlineData("tpu", "auto", "auto", "Unknown device 'tpu'; use auto, cpu, mps or cuda.")]
    [InlineData("cpu", "float16", "auto", "Unknown compute dtype 'float16'; use auto, float32 or bfloat16.")]
    [InlineData("cpu", "auto", "fast", "Unknown kernels 'fast'; use auto, plain, metal-safe or metal-fast.")]
    public void Unknown_setting_is_refused_in_one_sentence(string device, string dtype, string kernels, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ArgumentException>(() => new ComputeSettings(device, dtype, kernels).Resolve()).Message);
}
