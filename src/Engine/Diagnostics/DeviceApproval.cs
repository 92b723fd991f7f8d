using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>What the self-test permits on a device.</summary>
/// <param name="Compute">Device, dtype and kernels, with the approved faster forms if they were requested.</param>
/// <param name="UsesAllocator">Whether to call the undocumented functions of the Metal allocator.</param>
/// <param name="Problem">Why the device must not be used, in one sentence; null when it may be.</param>
public sealed record DeviceApproval(ComputeOptions Compute, bool UsesAllocator, string? Problem)
{
    /// <summary>Applies a report to resolved settings.</summary>
    /// <param name="settings">The settings as requested.</param>
    /// <param name="compute">The resolved settings.</param>
    /// <param name="report">The report on them; null when they need no test.</param>
    public static DeviceApproval Of(ComputeSettings settings, ComputeOptions compute, SelfTestReport? report)
    {
        var approved = settings.Kernels == ComputeSettings.MetalFast && report is { Passed: true }
            ? compute with { Kernels = new MetalSafeKernels(features: report.FastForms) }
            : compute;
        return new DeviceApproval(approved, report?.UsesAllocator == true, report?.Problem);
    }
}
