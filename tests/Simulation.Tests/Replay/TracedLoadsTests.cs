using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Replay;

namespace MlxVideo.Simulation.Tests.Replay;

public sealed class TracedLoadsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Load_time_is_the_wait_of_a_stage_beyond_the_usual_wait()
    {
        var loads = Loads(memoryGb: 96, Encode(at: 0, wait: 5), Encode(at: 10, wait: 1), Denoise(at: 20, wait: 8), Encode(at: 30, wait: 1));
        Assert.Equal(4, loads.Seconds("mac", ModelComponent.TextEncoder)!.Value, 6);
        Assert.Equal(7, loads.Seconds("mac", ModelComponent.Transformer)!.Value, 6);
        Assert.Null(loads.Seconds("mac", ModelComponent.Upsampler));
        Assert.Null(loads.Seconds("other", ModelComponent.TextEncoder));
    }

    [Fact]
    public void Evicted_component_is_loaded_again_and_a_prefetch_takes_the_time_of_the_other_load()
    {
        // This Mac can't hold both; the second load of the text encoder was a prefetch.
        var loads = Loads(memoryGb: 40, Encode(at: 0, wait: 5), Denoise(at: 10, wait: 8), Encode(at: 30, wait: 0));
        Assert.Equal(5, loads.Seconds("mac", ModelComponent.TextEncoder)!.Value, 6);
        Assert.Equal(8, loads.Seconds("mac", ModelComponent.Transformer)!.Value, 6);
    }

    private static TracedLoads Loads(double memoryGb, params TraceLine[] lines)
    {
        var batch = new TraceLines.BatchSubmitted(Start, "b1", 1, []);
        var worker =
            new TraceLines.WorkerPresent(Start, "mac", "mac", "mps", "model", new SimulatedMac("mac", memoryGb, 10, 4, 10).Capabilities);
        return new TracedLoads(new BatchTrace(batch, [batch, worker, .. lines]));
    }

    private static TraceLines.AttemptEnded Encode(double at, double wait) => Ended(EncodePromptStage.KindId, at, wait);

    private static TraceLines.AttemptEnded Denoise(double at, double wait) => Ended(DenoiseStage.KindId, at, wait);

    /// <summary>A stage assigned at <paramref name="at"/> that waited and then computed for one second.</summary>
    private static TraceLines.AttemptEnded Ended(string kind, double at, double wait) => new(
        Start.AddSeconds(at + wait + 1), 1, kind, 1, "mac", AttemptOutcome.Succeeded, null, Start.AddSeconds(at + wait), kind, 1, wait + 1);
}
