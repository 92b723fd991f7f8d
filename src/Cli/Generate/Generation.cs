using MlxVideo.Cli.Devices;
using MlxVideo.Cli.Generate.Profiles;
using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Cli.Generate;

/// <summary>Renders the clip of a <see cref="GenerateRequest"/>.</summary>
public static class Generation
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Renders on a dedicated thread and returns exit code 0.</summary>
    /// <param name="verdicts">Verdicts on devices; a faulty one is replaced by the CPU.</param>
    public static async Task<int> RunAsync(GenerateRequest request, DeviceVerdicts verdicts, CancellationToken cancellationToken)
    {
        foreach (var notice in request.Notices)
            await Console.Error.WriteLineAsync(notice);
        var device = await DeviceChoice.ChooseAsync(request.Compute, verdicts, cancellationToken);
        await Task.Factory.StartNew(
            () => Render(request, device, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Console.WriteLine(request.Output);
        return 0;
    }

    private static void Render(GenerateRequest request, DeviceApproval device, CancellationToken cancellationToken)
    {
        var fileOf = new Dictionary<string, string>();
        var settings = InputSettings.WithBlobs(request.Settings, request.Inputs, path =>
        {
            var blob = BlobRef.OfFile(path);
            fileOf[blob.Digest] = path;
            return blob;
        });
        var plan = StagePlanner.Plan(settings);
        using var runner = CreateRunner(request, device);
        runner.RequireMemory(plan, settings);
        if (request.Reporting.ProfileFile is { } profile)
            OutputFile.RequireWritable(profile);
        var renderer = new LocalRenderer(runner);
        if (request.Reporting.Statistics)
            renderer.StageCompleted += RenderReports.WriteStatistics;
        new RenderReports(request, plan, runner).Follow(
            progress => renderer.Render(plan, blob => fileOf[blob.Digest], request.Output, progress, cancellationToken));
    }

    private static StageRunner CreateRunner(GenerateRequest request, DeviceApproval device)
    {
        var memory = DeviceMemory.Of(device.Compute.Device, device.UsesAllocator);
        var available = request.Memory is { } limit ? Math.Min(memory.Available, (long)(limit * Gibibyte)) : memory.Available;
        var runner = new StageRunner(
            ModelFolder.Open(request.ModelFolder ?? TinyModel.InUserCache()), device.Compute, request.Threads,
            residency: ResidencyPolicy.Of(available, request.WeightMemory), load: request.Load, memoryLimit: available, memory: memory);
        runner.Noticed += Console.Error.WriteLine;
        foreach (var adapter in request.Inputs.Adapters.DistinctBy(adapter => adapter.Path))
            Console.Error.WriteLine(LoraSummary.Of(new AdapterFile(adapter.Path, adapter.Strength)));
        return runner;
    }
}
