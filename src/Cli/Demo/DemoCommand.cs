using System.CommandLine;
using MlxVideo.Cli.Devices;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Cli.Demo;

/// <summary>The command <c>mlx-video demo</c>: renders a CSV with a complete farm on this machine.</summary>
internal static class DemoCommand
{
    private const int MaxWorkers = 64;

    /// <param name="verdicts">Creates the verdicts on devices.</param>
    public static Command Create(Func<DeviceVerdicts> verdicts)
    {
        var csv = new Option<FileInfo?>("--csv") { Description = "CSV to render; examples/prompts.csv by default." };
        var output = CollectCommand.Output();
        var workers = NumberOption.Int("--workers", "Number of worker processes.", 2, NumberOption.Between(1, MaxWorkers));
        var model = new Option<DirectoryInfo?>("--model") { Description = "Model folder; a tiny model with random weights by default." };
        var (device, dtype, kernels) = (ComputeArguments.Device(), ComputeArguments.Dtype(), ComputeArguments.Kernels());
        var command = new Command("demo", "Renders a CSV on a temporary farm: a coordinator and workers on this machine.")
        {
            csv, output, workers, model, device, dtype, kernels,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var content = CheckedCsv.Read(parsed.GetValue(csv)?.FullName ?? Installation.ExampleCsv, skipInvalid: false);
            var folder = OutputFolder.Open(parsed.GetRequiredValue(output).FullName);
            var modelFolder = ModelFolder.Open(parsed.GetValue(model)?.FullName ?? TinyModel.InUserCache()).Path;
            var requested = new ComputeSettings(parsed.GetValue(device)!, parsed.GetValue(dtype)!, parsed.GetValue(kernels)!);
            var (compute, _, _) = await DeviceChoice.ChooseAsync(requested, verdicts(), cancellationToken);
            var settings = TestedSettings.Of(compute);
            if (requested.Kernels == ComputeSettings.MetalFast && compute.Kernels is MetalSafeKernels)
                settings = settings with { Kernels = ComputeSettings.MetalFast };
            await Console.Error.WriteLineAsync(
                $"Starting a coordinator and {parsed.GetValue(workers)} worker(s) with the model {modelFolder}.");
            await using var farm = await LocalFarm.StartAsync(
                modelFolder, parsed.GetValue(workers), settings, DeviceMemory.Of(compute.Device).Available, cancellationToken);
            return await RenderAsync(farm, content, folder, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RenderAsync(
        LocalFarm farm, BatchCsvContent content, OutputFolder folder, CancellationToken cancellationToken)
    {
        using var http = FarmConnection.NewHttpClient();
        var client = new FarmClient(http, farm.Api);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, farm.Died);
        try
        {
            var batch = await BatchSubmission.SubmitAsync(client, content.Rows, weight: 1, model: null, ended.Token);
            return await new BatchDelivery(client, folder).RunAsync(batch.Id, content.Errors, ended.Token);
        }
        catch (Exception ex) when (farm.ExitReason is not null && ex is OperationCanceledException or FarmApiException)
        {
            throw new IOException(farm.ExitReason, ex);
        }
    }
}
