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
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate;

/// <summary>Renders the clip of a <see cref="GenerateRequest"/>.</summary>
public static class Generation
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Renders on a dedicated thread and returns exit code 0.</summary>
    /// <param name="verdicts">Verdicts on devices; a faulty one is replaced by the CPU.</param>
    public static async Task<int> RunAsync(GenerateRequest request, DeviceVerdicts verdicts, CancellationToken cancellationToken)
    {
        if (request.Replay is { } replay)
        {
            var (compute, threads) = replay.Compute(request.Compute, request.Threads);
            request = request with { Compute = compute, Threads = threads, Load = replay.Load() };
        }

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
        using var runner = CreateRunner(request, device);
        CheckReplay(request, runner);
        var inputs = RenderInputs.Of(request);
        var settings = runner.WithFittingTiles(WithOfficialSteps(inputs.Settings, request, runner.Model));
        var plan = StagePlanner.Plan(settings);
        runner.RequireMemory(plan, settings);
        if (request.Reporting.ProfileFile is { } profile)
            OutputFile.RequireWritable(profile);
        if (settings.Output.AudioFilter is { Length: > 0 } filter)
            new AudioFilter(FfmpegTools.Find()).RequireUsableAsync(filter, cancellationToken).GetAwaiter().GetResult();
        var renderer = new LocalRenderer(runner);
        if (request.Reporting.Statistics)
            renderer.StageCompleted += RenderReports.WriteStatistics;
        new RenderReports(request with { Settings = settings }, plan, runner).Follow(progress =>
        {
            var manifest = renderer.Render(plan, blob => inputs.FileOf(blob.Digest), OutputsOf(request), progress, cancellationToken);
            CompleteFile.WriteText(
                ManifestFile.PathFor(request.Output),
                (manifest with { Files = FilesOf(manifest, plan, inputs, runner.Model, request) }).ToFile());
        });
    }

    private static RenderSettings WithOfficialSteps(RenderSettings settings, GenerateRequest request, ModelFolder model) =>
        request.TakesOfficialSteps && request.Replay is null && settings.IsGuided
            ? settings with { Guided = settings.Guided with { Steps = PipelineDefaults.Of(model.Version).Steps } }
            : settings;

    private static StageRunner CreateRunner(GenerateRequest request, DeviceApproval device)
    {
        var memory = DeviceMemory.Of(device.Compute.Device, device.UsesAllocator);
        var available = request.Memory is { } limit ? Math.Min(memory.Available, (long)(limit * Gibibyte)) : memory.Available;
        var runner = new StageRunner(
            ModelFolder.Open(request.Model ?? new ModelLocation(TinyModel.InUserCache())), device.Compute, request.Threads,
            residency: ResidencyPolicy.Of(available, request.WeightMemory), load: request.Load, memoryLimit: available, memory: memory);
        runner.Noticed += Console.Error.WriteLine;
        foreach (var adapter in request.Inputs.Adapters.DistinctBy(adapter => adapter.Path))
            Console.Error.WriteLine(LoraSummary.Of(new AdapterFile(adapter.Path, adapter.Strength)));
        return runner;
    }

    private static RenderOutputs OutputsOf(GenerateRequest request) => new(request.Output)
    {
        Audio = request.OutputAudio,
        Frames = request.OutputFrames,
        Preview = request.Preview,
        Stream = request.Stream,
    };

    private static void CheckReplay(GenerateRequest request, StageRunner runner)
    {
        if (request.Replay is not { } replay)
            return;
        replay.RequireModel(runner.Origin().Model, runner.Model.Path);
        if (replay.DifferenceFrom(runner.Arithmetic) is { } notice)
            Console.Error.WriteLine(notice);
    }

    /// <summary>Returns the paths of everything that the clip was rendered from, by digest.</summary>
    private static Dictionary<string, string> FilesOf(
        ClipManifest manifest, StagePlan plan, RenderInputs inputs, ModelFolder model, GenerateRequest request)
    {
        var files = new Dictionary<string, string> { [manifest.Origin.Model] = model.Path };
        foreach (var input in plan.ExternalInputs.Values)
            files[input.Digest] = Path.GetFullPath(inputs.FileOf(input.Digest));
        foreach (var (loaded, file) in (manifest.Origin.Adapters ?? []).Zip(request.Load.Adapters))
            files[loaded.Digest] = Path.GetFullPath(file.Path);
        return files;
    }
}
