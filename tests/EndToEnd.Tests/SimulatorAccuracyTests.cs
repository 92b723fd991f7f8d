using System.Globalization;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Replay;
using MlxVideo.Simulation.Running;
using Xunit.Abstractions;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>
/// Compares a farm of real processes with real network and muxing, and timers as engines, to simulations of it: their durations
/// agree.
/// </summary>
[Collection(nameof(SerialCollection))]
public sealed class SimulatorAccuracyTests(ITestOutputHelper output) : IDisposable
{
    private const int Clips = 40;
    private const int ClipsOfPrompt = 4;
    private const int Seed = 1;
    private const double Tolerance = 0.1;

    // The tests of the other projects run at the same time and slow down the farm, but not its simulation.
    private const double LoadTolerance = 0.25;

    // Stages are long compared to the overhead of real processes, and the batch takes a minute.
    private const double TimeLapse = 1.1;

    // The network between processes of one machine is so fast that transfers of placeholders are negligible. No stage is so long on
    // any Mac that the assignment of the last stage of its kind extends the batch noticeably: makespans would otherwise vary by a
    // tenth on differences of milliseconds, and the comparison would be meaningless.
    private const string Farm = """
        [
          { "name": "ultra", "memory_gb": 96, "teraflops": 12, "disk_gb_per_second": 4, "link_gbit": 1000 },
          { "name": "max", "memory_gb": 64, "teraflops": 8.8, "disk_gb_per_second": 4, "link_gbit": 1000 },
          { "name": "pro", "memory_gb": 40, "teraflops": 6.4, "disk_gb_per_second": 3.2, "link_gbit": 1000 },
          { "name": "mini", "memory_gb": 48, "teraflops": 4.8, "disk_gb_per_second": 3.2, "link_gbit": 1000 }
        ]
        """;

    private static readonly (int Width, int Height, int Frames)[] Sizes =
        [(192, 192, 33), (192, 128, 33), (192, 192, 17), (128, 128, 33), (128, 192, 25)];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Real_farm_and_its_simulation_take_equally_long()
    {
        var farmFile = _folder.Write("farm.json", Farm);
        var macs = FarmFile.Read(farmFile).Select(mac => mac.InTimeLapse(TimeLapse)).ToList();
        var trace = await RenderAsync(farmFile, macs.Select(mac => mac.Name));

        var replay = new TraceReplay(trace);
        var simulated = FarmSimulation.Run(
            NamedPolicies.Make(NamedPolicies.Own), macs, replay.Batch, new TrueTimes(Seed, MuxSeconds(trace)), faults: []);
        var replayed = FarmSimulation.Run(NamedPolicies.Make(NamedPolicies.Own), replay.Macs, replay.Batch, replay.Times, replay.Faults);
        var (stages, simulatedStages, replayedStages) = (LastStage(replay.Spans), LastStage(simulated.Spans), LastStage(replayed.Spans));
        Say($"{Clips} clips on {macs.Count} Macs, {MuxSeconds(trace):0.00} s of muxing per clip:");
        SayTimes("makespan", replay.Seconds, simulated.Makespan, replayed.Makespan);
        SayTimes("last stage of a worker", stages, simulatedStages, replayedStages);
        Assert.InRange(Off(simulated.Makespan, replay.Seconds), -LoadTolerance, Tolerance);
        Assert.InRange(Off(replayed.Makespan, replay.Seconds), -Tolerance, Tolerance);
        // On a busy machine, muxing dominates the makespan and hides the workers. Their own times must still match the replay; the
        // simulated times of an undisturbed machine are only printed above.
        Assert.InRange(Off(replayedStages, stages), -Tolerance, Tolerance);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<BatchTrace> RenderAsync(string farmFile, IEnumerable<string> macs)
    {
        await using var farm = await FarmUnderTest.StartTimedAsync(farmFile, macs, TimeLapse, Seed);
        var batch = await farm.SubmitAsync(Enumerable.Range(0, Clips).Select(Clip).ToArray());
        await farm.UntilFinishedAsync(batch);
        return await farm.EndWithTraceAsync(batch);
    }

    /// <summary>A clip of one of several sizes; four clips share a prompt, and every fourth clip has audio.</summary>
    private static RenderSettings Clip(int index)
    {
        var (width, height, frames) = Sizes[index % Sizes.Length];
        return new RenderSettings
        {
            Prompt = $"clip {index / ClipsOfPrompt}",
            Width = width,
            Height = height,
            NumFrames = frames,
            Seed = index,
            Audio = index % 4 == 0
        };
    }

    private static double MuxSeconds(BatchTrace trace) =>
        trace.Lines.OfType<TraceLines.AttemptEnded>().Where(ended => ended.StageKind == MuxStage.KindId).Average(ended => ended.Seconds);

    /// <summary>The end of the last accepted stage of a worker.</summary>
    private static double LastStage(IEnumerable<WorkSpan> spans) => spans.Where(span => !span.Wasted).Max(span => span.End);

    private static double Off(double simulated, double real) => (simulated / real) - 1;

    private void SayTimes(string what, double real, double simulated, double replayed)
    {
        var (simulatedOff, replayedOff) = (Off(simulated, real), Off(replayed, real));
        Say($"{what}: real {real:0.0} s");
        Say($"  simulated {simulated:0.0} s ({simulatedOff:+0.0%;-0.0%}), replayed {replayed:0.0} s ({replayedOff:+0.0%;-0.0%})");
    }

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
