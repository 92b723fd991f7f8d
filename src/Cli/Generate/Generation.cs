using MlxVideo.Cli.Devices;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate;

/// <summary>Renders the clip of a <see cref="GenerateRequest"/>.</summary>
public static class Generation
{
    /// <summary>Renders on a dedicated thread and returns exit code 0.</summary>
    /// <param name="verdicts">Verdicts on devices; a faulty one is replaced by the CPU.</param>
    public static async Task<int> RunAsync(GenerateRequest request, DeviceVerdicts verdicts, CancellationToken cancellationToken)
    {
        var device = await DeviceChoice.ChooseAsync(request.Compute, verdicts, cancellationToken);
        await Task.Factory.StartNew(
            () => Render(request, device, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Console.WriteLine(request.Output);
        return 0;
    }

    private static void Render(GenerateRequest request, DeviceApproval device, CancellationToken cancellationToken)
    {
        var fileOf = new Dictionary<string, string>();
        var images = new List<ImageConditioning>();
        foreach (var image in request.Images)
        {
            var blob = BlobRef.OfFile(image.Path);
            fileOf[blob.Digest] = image.Path;
            images.Add(new ImageConditioning(blob, image.Frame, image.Strength));
        }

        var settings = request.Settings with { Images = images };
        var plan = StagePlanner.Plan(settings);
        var memory = DeviceMemory.Of(device.Compute.Device, device.UsesAllocator);
        using var runner = new StageRunner(
            ModelFolder.Open(request.ModelFolder ?? TinyModel.InUserCache()), device.Compute, request.Threads,
            residency: ResidencyPolicy.Of(memory.Available, request.WeightMemory), load: request.Load, memoryLimit: memory.Available,
            memory: memory);
        runner.Noticed += Console.Error.WriteLine;
        runner.RequireMemory(plan, settings);
        var renderer = new LocalRenderer(runner);
        RenderDisplay.Show(progress => renderer.Render(plan, blob => fileOf[blob.Digest], request.Output, progress, cancellationToken));
    }
}
