using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Renders;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;

namespace MlxVideo.Simulation.Tests.Properties;

/// <summary>Batches of one priority class share the farm by weight.</summary>
public sealed class FairnessTests
{
    private const int ClipsEach = 60;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 3, 1)]
    [InlineData(2, 3, 1)]
    [InlineData(1, 1, 5)]
    [InlineData(1, 3, 5)]
    [InlineData(4, 1, 5)]
    public void Batches_start_clips_in_proportion_to_their_weights(double first, double second, int macs)
    {
        var begun = BegunInTurn(first, second, macs);

        double[] counts = [0, 0];
        foreach (var batch in begun)
        {
            counts[batch]++;
            if (counts.Contains(ClipsEach))
                break; // the other batch has the farm to itself from here on

            // A clip starts with the encoding of its prompt: each Mac that encodes concurrently can shift the order by one clip.
            Assert.True(
                Math.Abs((counts[0] / first) - (counts[1] / second)) <= macs / Math.Min(first, second),
                $"{counts[0]} clips of weight {first} and {counts[1]} of weight {second} were started.");
        }

        Assert.Contains(ClipsEach, counts);
    }

    /// <summary>The batch (0 or 1) of each clip, in the order in which the clips started.</summary>
    private static List<int> BegunInTurn(double first, double second, int macs)
    {
        var begun = new List<int>();
        var waiting = new Dictionary<string, int>();
        var state = FarmState.Empty;
        FarmSimulation.Run(
            new CheckedPolicy(new Scheduler()), ReferenceFarms.Macs(macs),
            [new(0, Batch("one", 1) with { Weight = first }), new(0, Batch("two", 1001) with { Weight = second })], new TrueTimes(1), [],
            happened: happened =>
            {
                state = state.Apply(happened);
                foreach (var (batch, index) in state.Batches.Values.Select((batch, index) => (batch, index)))
                {
                    if (happened is FarmEvents.AttemptStarted && waiting.GetValueOrDefault(batch.Id) > batch.Waiting.Count)
                        begun.Add(index);
                    waiting[batch.Id] = batch.Waiting.Count;
                }
            });
        return begun;
    }

    private static BatchRequest Batch(string token, int firstRow) =>
        Clips.Batch(token, firstRow, null, Enumerable.Range(firstRow, ClipsEach).Select(row => Clips.Small(row)).ToArray<RenderSettings>());
}
