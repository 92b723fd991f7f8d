using System.CommandLine;
using System.Text.Json;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Metal;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Doctor;

/// <summary>The command <c>mlx-video doctor</c>: checks whether this machine can render, and what to do otherwise.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    /// <param name="verdicts">Creates the verdicts on devices.</param>
    public static Command Create(Func<DeviceVerdicts> verdicts)
    {
        var (device, dtype, kernels) = (ComputeArguments.Device(), ComputeArguments.Dtype(), ComputeArguments.Kernels());
        device.AcceptOnlyFromAmong("auto", "cpu", "mps", "cuda");
        dtype.AcceptOnlyFromAmong("auto", "float32", "bfloat16");
        kernels.AcceptOnlyFromAmong("auto", "plain", "metal-safe");
        kernels.Description = "auto, plain or metal-safe; auto is metal-safe on mps.";
        var model = new Option<DirectoryInfo?>("--model") { Description = "Folder of a model to check." };
        var data = new Option<DirectoryInfo?>("--data") { Description = "Also checks the disk of this data folder." };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command(
            "doctor", "Checks whether this machine can render: device, ffmpeg, disk and model. Tests the device again on every run.")
        {
            device, dtype, kernels, model, data, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new DoctorRequest(
                new ComputeSettings(parsed.GetValue(device)!, parsed.GetValue(dtype)!, parsed.GetValue(kernels)!),
                parsed.GetValue(model)?.FullName, parsed.GetValue(data)?.FullName);
            if (!parsed.GetValue(json))
                await Console.Error.WriteLineAsync("Checking this machine; the self-test of its device takes several seconds.");
            var report = await new Examination(verdicts()).RunAsync(request, MetalMemory.RecommendedWorkingSet, cancellationToken);
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, Indented));
            else
                DoctorTable.Print(report);
            return report.Usable ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
