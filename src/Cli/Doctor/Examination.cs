using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Diagnostics;
using static TorchSharp.torch;

namespace MlxVideo.Cli.Doctor;

/// <summary>Makes all checks of a <see cref="DoctorRequest"/>. A failed check does not prevent the others.</summary>
internal sealed class Examination(DeviceVerdicts verdicts)
{
    /// <summary>Examines this machine.</summary>
    /// <param name="workingSetBytes">Memory that Metal recommends to use at most; null where there is no such recommendation.</param>
    public async Task<DoctorReport> RunAsync(DoctorRequest request, long? workingSetBytes, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Current();
        var checks = new List<CheckResult>
        {
            MachineChecks.System(machine), MachineChecks.Chip(machine), MachineChecks.Memory(machine, workingSetBytes),
            DiskCheck.Of("cache disk", UserCache.Folder(""), "XDG_CACHE_HOME"),
        };
        if (request.DataFolder is { } data)
            checks.Add(DiskCheck.Of("data disk", data, "--data"));
        checks.Add(await FfmpegCheck.RunAsync(cancellationToken));
        var test = await verdicts.TestAsync(request.Compute, cancellationToken);
        checks.AddRange(DeviceChecks.Of(request.Compute, test));
        if (request.ModelFolder is { } model)
            checks.AddRange(ModelChecks.Of(model, test, DeviceMemory.Of(new Device(test.Settings?.Device ?? "cpu")).Available));
        return new DoctorReport(
            checks.TrueForAll(check => check.Outcome != CheckOutcome.Failed), machine, workingSetBytes, test.Settings, test.Libtorch,
            checks, test.Operations, test.Features ?? []);
    }
}
