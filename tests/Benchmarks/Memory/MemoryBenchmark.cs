using MlxVideo.Benchmarks.Measuring;

namespace MlxVideo.Benchmarks.Memory;

/// <summary>Loading and streaming of a transformer of 2 GB, each measured in a process of its own.</summary>
/// <param name="FileBytes">Size of the checkpoint.</param>
/// <param name="BlockBytes">Size of one of its blocks.</param>
/// <param name="Blocks">Number of its blocks.</param>
/// <param name="Reading">Seconds to read the file into a buffer that is used again and again.</param>
/// <param name="Keeping">
/// Seconds to read the file into memory for all of it, which the system must provide first: the floor of loading.
/// </param>
/// <param name="Loading">Seconds to load the transformer; all three from the page cache, in turns.</param>
/// <param name="Loaded">Memory of loading.</param>
/// <param name="Resident">Two passes with all blocks in memory.</param>
/// <param name="Streamed">Two passes with a window of blocks, by window.</param>
public sealed record MemoryBenchmark(
    long FileBytes, long BlockBytes, int Blocks, Timing Reading, Timing Keeping, Timing Loading, MemoryResult Loaded, MemoryResult Resident,
    IReadOnlyDictionary<int, MemoryResult> Streamed)
{
    private static readonly int[] Windows = [2, 4];

    /// <summary>True when every window gave the bits of the resident run.</summary>
    public bool EqualBits => Streamed.Values.All(run => run.OutputHash == Resident.OutputHash);

    /// <summary>Measures.</summary>
    /// <param name="rounds">How often reading and loading are timed.</param>
    /// <param name="progress">Told what is being done.</param>
    public static MemoryBenchmark Run(int rounds, Action<string> progress)
    {
        progress("writing a model of 2 GB into the temporary folder");
        using var model = new LargeModel();
        MemoryChild.Start("read", model.Folder); // fills the page cache
        var (reading, keeping, loading) = (new List<MemoryResult>(), new List<MemoryResult>(), new List<MemoryResult>());
        for (var round = 0; round < rounds; round++)
        {
            progress($"loading, {round + 1} of {rounds}");
            reading.Add(MemoryChild.Start("read", model.Folder));
            keeping.Add(MemoryChild.Start("keep", model.Folder));
            loading.Add(MemoryChild.Start("load", model.Folder));
        }

        progress("running with all blocks in memory");
        var resident = MemoryChild.Start("run", model.Folder);
        var streamed = new Dictionary<int, MemoryResult>();
        foreach (var window in Windows)
        {
            progress($"running with a window of {window} blocks");
            streamed.Add(window, MemoryChild.Start("run", model.Folder, $"{window}"));
        }

        return new MemoryBenchmark(
            model.Bytes, model.BlockBytes, LargeModel.Layers, TimingOf(reading), TimingOf(keeping), TimingOf(loading),
            loading.MaxBy(run => run.PeakBytes)!, resident, streamed);
    }

    private static Timing TimingOf(IReadOnlyList<MemoryResult> runs) =>
        new(runs.Select(run => run.Seconds).ToList(), runs.Select(run => run.ProcessorSeconds).ToList());
}
