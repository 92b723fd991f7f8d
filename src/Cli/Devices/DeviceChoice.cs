using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Cli.Devices;

/// <summary>Resolves compute settings to a device that computes correctly.</summary>
public static class DeviceChoice
{
    /// <summary>Returns the resolved settings, or those of the CPU when the device fails its self-test, which is reported.</summary>
    /// <exception cref="UsageException">A name is unknown, or the machine lacks the device.</exception>
    public static async Task<DeviceApproval> ChooseAsync(
        ComputeSettings settings, DeviceVerdicts verdicts, CancellationToken cancellationToken)
    {
        var compute = Resolve(settings);
        var report = await verdicts.FindAsync(compute, Console.Error.WriteLine, cancellationToken);
        if (report?.Problem is not { } problem)
            return DeviceApproval.Of(settings, compute, report);
        await Console.Error.WriteLineAsync(
            $"{problem.TrimEnd('.')}: rendering on the CPU in float32 instead; './mlx-video doctor' shows all results and tests again.");
        return new DeviceApproval(ComputeOptions.CpuFloat32, UsesAllocator: false, Problem: null);
    }

    private static ComputeOptions Resolve(ComputeSettings settings)
    {
        try
        {
            return settings.Resolve();
        }
        catch (ArgumentException ex)
        {
            throw new UsageException(ex.Message);
        }
    }
}
