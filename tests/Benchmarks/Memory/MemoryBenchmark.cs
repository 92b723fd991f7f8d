using MlxVideo.Benchmarks.Measuring;

namespace MlxVideo.Benchmarks.Memory;

/// <summary>Loading and streaming of a 2 GB transformer, each measured in a separate process.</summary>
/// <param name="FileBytes">Size of the checkpoint in bytes.</param>
/// <param name="BlockBytes">Size of one transformer block in bytes.</param>
/// <param name="Blocks">Number of transformer blocks.</param>
/// <param name="Reading">Time to read the file into one reused buffer.</param>
/// <param name="Keeping">
/// Time to read the file into newly allocated memory for the whole file: the lower bound for loading.
/// </param>
/// <param name="Loading">Time to load the transformer. All three read from the page cache and are interleaved.</param>
/// <param name="Loaded">The loading run with the highest peak memory.</param>
/// <param name="Resident">Two transformer evaluations with all blocks resident.</param>
/// <param name="Streamed">Two transformer evaluations with streamed blocks, by window size in blocks.</param>
public sealed record MemoryBenchmark(
    long FileBytes, long BlockBytes, int Blocks, Timing Reading, Timing Keeping, Timing Loading, MemoryResult Loaded, MemoryResult Resident,
    IReadOnlyDictionary<int, MemoryResult> Streamed)
{
    private static readonly int[] Windows = [2, 4];

    /// <summary>Whether every window size gave results bit-identical to the resident run.</summary>
    public bool EqualBits => Streamed.Values.All(run => run.OutputHash == Resident.OutputHash);

    /// <summary>Runs the benchmark.</summary>
    /// <param name="rounds">Number of timed runs of reading and loading.</param>
    /// <param name="progress">Receives progress messages.</param>
    public static MemoryBenchmark Run(int rounds, Action<string> progress)
    {
        progress("writing a 2 GB model to the temporary folder");
        using var model = new LargeModel();
        MemoryChild.Start("read", model.Folder); // fills the page cache
        var (reading, keeping, loading) = (new List<MemoryResult>(), new List<MemoryResult>(), new List<MemoryResult>());
        for (var round = 0; round < rounds; round++)
        {
            progress($"loading, round {round + 1} of {rounds}");
            reading.Add(MemoryChild.Start("read", model.Folder));
            keeping.Add(MemoryChild.Start("keep", model.Folder));
            loading.Add(MemoryChild.Start("load", model.Folder));
        }

        progress("evaluating with all blocks resident");
        var resident = MemoryChild.Start("run", model.Folder);
        var streamed = new Dictionary<int, MemoryResult>();
        foreach (var window in Windows)
        {
            progress($"evaluating with a window of {window} streamed blocks");
            streamed.Add(window, MemoryChild.Start("run", model.Folder, $"{window}"));
        }

        return new MemoryBenchmark(
            model.Bytes, model.BlockBytes, LargeModel.Layers, TimingOf(reading), TimingOf(keeping), TimingOf(loading),
            loading.MaxBy(run => run.PeakBytes)!, resident, streamed);
    }

    private static Timing TimingOf(IReadOnlyList<MemoryResult> runs) =>
        new(runs.Select(run => run.Seconds).ToList(), runs.Select(run => run.ProcessorSeconds).ToList());
}
