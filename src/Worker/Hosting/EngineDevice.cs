using MlxVideo.Cluster.Configuration;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Processes;

namespace MlxVideo.Worker.Hosting;

/// <summary>Selects and tests the device of a worker's engine.</summary>
internal static class EngineDevice
{
    /// <summary>Resolves the settings and tests the device on its first use.</summary>
    /// <exception cref="InvalidConfigurationException">The settings are unusable on this machine.</exception>
    public static async Task<DeviceApproval> ApproveAsync(ComputeSettings settings, CancellationToken cancellationToken)
    {
        var compute = Resolve(settings);
        var worker = DotnetHost.CommandOf(typeof(EngineDevice).Assembly);
        var test = new SelfTestProcess(worker.Program, worker.Arguments, TimeProvider.System);
        var report = await DeviceVerdicts.OfUser(test).FindAsync(compute, Console.Error.WriteLine, cancellationToken);
        var device = DeviceApproval.Of(settings, compute, report);
        if (device.Problem is not { } problem)
            return device;
        var reason = $"{problem.TrimEnd('.')}: run './mlx-video doctor' on this machine for all results, or start the worker with "
            + "--device cpu --dtype float32.";
        await Console.Error.WriteLineAsync($"This worker joins as unfit and gets no stages. {reason}");
        return device with { Problem = reason };
    }

    private static ComputeOptions Resolve(ComputeSettings settings)
    {
        try
        {
            return settings.Resolve();
        }
        catch (ArgumentException ex)
        {
            throw new InvalidConfigurationException(ex.Message, ex);
        }
    }
}
