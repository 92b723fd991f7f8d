using System.Diagnostics;
using System.Runtime.InteropServices;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Models;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Engine;
using MlxVideo.Worker.Engine.Channel;
using MlxVideo.Worker.Engine.Processes;
using MlxVideo.Worker.Engine.Serving;

namespace MlxVideo.Worker.Hosting;

/// <summary>
/// The engine process of a worker: composes an engine and serves it to the worker's process, with which it ends. The worker's executable
/// runs it for a hidden verb, which is not part of its command line.
/// </summary>
public static class EngineHost
{
    /// <summary>The hidden verb; a unique id follows, by which the process can be recognized.</summary>
    public const string Verb = "engine-process";

    /// <summary>Signals of the terminal, and of the system when it shuts down: the worker's process decides when to end.</summary>
    private static readonly PosixSignal[] IgnoredSignals =
        [PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM];

    /// <summary>True when the arguments request the engine process.</summary>
    public static bool IsRequested(string[] args) => args is [Verb, _];

    /// <summary>Runs until the worker's process closes the channel or ends.</summary>
    public static int Run()
    {
        var signals = IgnoredSignals.Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)).ToList();
        var channel = StandardStreams.TakeAsChannel();
        SystemMemory.OfferThisProcess();
        if (channel.Read() is not StartEngine start)
            return ExitCodes.Failed;
        using var server = new EngineServer(channel);
        var listening = new Thread(() => Listen(server)) { Name = "channel" };
        listening.Start();
        try
        {
            ServeAsync(start, server).GetAwaiter().GetResult();
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            if (start.Verbose)
                Console.Error.WriteLine(ex);
            var configuration = InvalidConfigurationException.Describe(ex);
            channel.Write(new EngineRefused(
                configuration ?? ex.Message, configuration is not null || ExitCodes.Of(ex) == ExitCodes.BadInput));
        }

        listening.Join();
        signals.ForEach(signal => signal.Dispose());
        return ExitCodes.Done;
    }

    /// <summary>Listens until the end of the worker's process, then kills this one: native code can't be interrupted otherwise.</summary>
    private static void Listen(EngineServer server)
    {
        try
        {
            server.Listen();
        }
        catch (Exception ex) when (ex is IOException or InvalidDataException)
        {
            Console.Error.WriteLine(ex.Message);
        }

        Process.GetCurrentProcess().Kill();
    }

    private static async Task ServeAsync(StartEngine start, EngineServer server)
    {
        if (start.Version != EngineChannel.Version)
            throw new InvalidOperationException("The program was built again while the worker was running: start the worker again.");
        var fault = EngineFault.FromEnvironment();
        var model = ModelFolder.Open(new ModelLocation(start.Model, start.Checkpoint, start.TextEncoder));
        var device = await EngineDevice.ApproveAsync(new ComputeSettings(start.Device, start.Dtype, start.Kernels), CancellationToken.None);
        var memory = DeviceMemory.Of(device.Compute.Device, device.UsesAllocator);
        var residency = ResidencyPolicy.Of(memory.Available, start.WeightMemory);
        var runner = new StageRunner(
            model, device.Compute, threads: start.Threads, residency: residency, memoryLimit: memory.Available, memory: memory);
        runner.Noticed += Console.Error.WriteLine; // not through the log, which belongs to the worker's process
        var thread = new EngineThread();
        var fingerprint = ModelFingerprint.Of(model, ContentHashCache.OfUser);
        var origin = $"{fingerprint} {runner.Arithmetic} {ResumePoints.EngineVersion}";
        var resumePoints = new ResumePoints(
            start.ResumeFolder, origin, TimeSpan.FromSeconds(start.ResumeSeconds), TimeProvider.System, Console.Error.WriteLine);
        var engine = new LocalEngine(runner, thread, resumePoints);
        server.Serve(fault is null ? engine : new FaultyEngine(engine, fault), new EngineStarted
        {
            Device = device.Compute.Device.type.ToString().ToLowerInvariant(),
            Model = fingerprint,
            Arithmetic = runner.Arithmetic,
            Capabilities = start.Measure
                ? await CapabilityMeasurement.MeasureAsync(
                    runner, memory.Available, residency, new EngineBenchmarks(device.Compute, start.Threads, thread), device.Problem)
                : null,
        });
    }
}
