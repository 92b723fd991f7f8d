using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Diagnostics;

public sealed class FeatureTrialsTests
{
    private static readonly ComputeOptions MetalSafe = ComputeOptions.CpuFloat32 with { Kernels = new MetalSafeKernels() };

    [Fact]
    public void Faster_forms_of_metal_safe_kernels_are_tried_and_found_accurate()
    {
        var results = new FeatureTrials(MetalSafe, TimeProvider.System).Run(_ => { }).ToList();
        Assert.Equal(["native-attention", "fused-rms-norm"], results.Select(result => result.Feature));
        Assert.All(results, result => Assert.EndsWith("times as fast as the elementary form", result.Finding, StringComparison.Ordinal));
    }

    [Fact]
    public void Plain_kernels_have_no_other_forms() =>
        Assert.Empty(new FeatureTrials(ComputeOptions.CpuFloat32, TimeProvider.System).Run(_ => { }));

    [Fact]
    public void Inaccurate_form_is_not_approved()
    {
        var result = new FeatureTrials(MetalSafe, TimeProvider.System).Try(
            "norm", new MetalFeatures(FusedRmsNorm: true),
            (kernels, _) => ones(4) * (kernels.Arithmetic == "metal-safe+rms" ? 1.01 : 1));
        Assert.False(result.IsApproved);
        Assert.StartsWith("inaccurate (error ", result.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Failing_form_is_not_approved()
    {
        var result = new FeatureTrials(MetalSafe, TimeProvider.System).Try(
            "norm", new MetalFeatures(FusedRmsNorm: true), (_, _) => throw new NotSupportedException("no such function.\nStack:"));
        Assert.Equal(new FeatureResult("norm", false, "no such function"), result);
    }

    [Fact]
    public void Approved_forms_are_used_only_when_requested()
    {
        var report = new SelfTestReport(
            new TestedSettings("cpu", "float32", "metal-safe"), "2.10.0", [], null,
            [new FeatureResult("native-attention", true, ""), new FeatureResult("fused-rms-norm", false, "")]);
        var fast = new ComputeSettings("cpu", "float32", ComputeSettings.MetalFast);
        Assert.Equal("metal-safe+sdpa", DeviceApproval.Of(fast, fast.Resolve(), report).Compute.Kernels.Arithmetic);
        Assert.Equal("metal-safe", DeviceApproval.Of(fast, fast.Resolve(), report: null).Compute.Kernels.Arithmetic);
        var safe = fast with { Kernels = "metal-safe" };
        Assert.Equal("metal-safe", DeviceApproval.Of(safe, safe.Resolve(), report).Compute.Kernels.Arithmetic);
        Assert.False(DeviceApproval.Of(safe, safe.Resolve(), report).UsesAllocator);
    }
}
