using FsCheck.Xunit;
using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>
/// Estimates over thousands of tiny stages with durations that depend little on their arithmetic: they neither drift nor retain the
/// effect of a machine pause.
/// </summary>
public sealed class ThroughputModelSoakTests
{
    private const string Precision = "float32";
    private const int Stages = 2000;
    private const double Tolerance = 3;

    private static readonly string[] Workers = ["mini", "studio", "old"];
    private static readonly double[] Benchmarks = [0.8, 2.5, 0.3];
    private static readonly string[] Kinds = ["encode-prompt", "denoise", "upsample", "decode-video", "decode-audio"];
    private static readonly double[] Sizes = [2e-5, 3e-4, 4e-3, 0.05, 0.7, 9];

    [Theory]
    [InlineData(0.05, 0, 0)]
    [InlineData(0.3, 0, 0)]
    [InlineData(0.3, 0.005, 0.02)]
    [InlineData(0.35, 0, 0.02)]
    [InlineData(0.35, 0.002, 0.1)]
    public void Estimates_stay_close_to_the_true_times(double noise, double pauses, double rejoins)
    {
        for (var seed = 1; seed <= 5; seed++)
            Soak(new Random(seed), noise, pauses, rejoins, (_, _, _) => 1);
    }

    [Fact]
    public void Estimates_follow_a_long_slowdown_of_a_worker()
    {
        // The first worker is three times slower from the 500th to the 1500th stage; its estimates may take five of its stages to adapt.
        var (since, pace) = (0, 1.0);
        Soak(new Random(1), noise: 0.1, pauses: 0, rejoins: 0.005, (worker, stage, observed) =>
        {
            var now = worker == 0 && stage is >= 500 and < 1500 ? 3.0 : 1.0;
            if (now != pace && worker == 0)
                (since, pace) = (observed, now);
            return now;
        }, isSettling: (worker, observed) => worker == 0 && observed - since < 5);
    }

    [Fact]
    public void Pause_in_the_first_stage_is_corrected_by_the_next_stage()
    {
        var work = Work("denoise", 0.05);
        var book = ThroughputModel.Empty.Learn("mini", Precision, 1, work, 1, 300);
        book = book.Learn("mini", Precision, 1, work, 1, 0.3);

        Assert.Equal(0.3, book.Seconds("mini", Precision, 1, work), 6);
    }

    [Fact]
    public void Lasting_slowdown_is_learned_after_several_stages()
    {
        var work = Work("denoise", 0.05);
        var book = Enumerable.Repeat(0.3, 10).Concat(Enumerable.Repeat(6.0, 15)).Aggregate(
            ThroughputModel.Empty, (known, seconds) => known.Learn("mini", Precision, 1, work, 1, seconds));

        Assert.InRange(book.Seconds("mini", Precision, 1, work), 6 / 2.0, 6 * 1.1);
    }

    [Fact]
    public void Pause_in_a_new_size_does_not_exclude_the_worker_from_that_size()
    {
        // Otherwise the scheduler would never assign the size to the worker again and could not correct the estimate.
        var book = Enumerable.Repeat(0, 5)
            .Aggregate(ThroughputModel.Empty, (known, _) => known.Learn("studio", Precision, 2, Work("denoise", 4), 1, 4));
        book = book.Learn("mini", Precision, 1, Work("denoise", 4), 1, 8000);

        Assert.InRange(book.Seconds("mini", Precision, 1, Work("denoise", 4)), 8, 20);
        Assert.Equal(4, book.Seconds("studio", Precision, 2, Work("denoise", 4)), 6);
    }

    [Fact]
    public void Times_far_above_the_benchmark_are_trusted_when_they_repeat()
    {
        var book = Enumerable.Repeat(0, 5)
            .Aggregate(ThroughputModel.Empty, (known, _) => known.Learn("studio", Precision, 2, Work("denoise", 4), 1, 4));
        book = Enumerable.Repeat(0, 3).Aggregate(book, (known, _) => known.Learn("mini", Precision, 1, Work("denoise", 4), 1, 160));

        Assert.Equal(160, book.Seconds("mini", Precision, 1, Work("denoise", 4)), 6);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20)]
    public void Single_pause_at_most_doubles_the_estimate(int before)
    {
        var work = Work("denoise", 0.05);
        var book = Enumerable.Repeat(0.3, before).Append(300)
            .Aggregate(ThroughputModel.Empty, (known, seconds) => known.Learn("mini", Precision, 1, work, 1, seconds));

        Assert.InRange(book.Seconds("mini", Precision, 1, work), 0.3, 0.61);
        Assert.InRange(book.Learn("mini", Precision, 1, work, 1, 0.3).Seconds("mini", Precision, 1, work), 0.3, 0.5);
    }

    [Property(MaxTest = 300)]
    public bool Estimates_are_finite_and_deviations_bounded_for_any_report(double[] seconds, double[] benchmarks)
    {
        var book = ThroughputModel.Empty;
        var work = Work("upsample", 0.01);
        for (var index = 0; index < seconds.Length; index++)
        {
            book = book.Learn(
                "mini", Precision, benchmarks.Length == 0 ? double.NaN : benchmarks[index % benchmarks.Length], work, 1, seconds[index]);
            if (seconds[index] > 0.5)
                book = book.AfterRejoin("mini");
        }

        return benchmarks.Append(1).Append(0)
            .All(benchmark => double.IsFinite(book.Seconds("mini", Precision, benchmark, work))
            && double.IsFinite(book.Seconds("new", Precision, benchmark, work)))
            && book.Deviation("mini", Precision, work) is >= 0 and <= LearnedRate.LargestDeviation
            && book.PaceOf("mini") is >= 1 / ThroughputModel.LargestPace and <= ThroughputModel.LargestPace;
    }

    /// <param name="noise">Standard deviation of the logarithm of the stage times.</param>
    /// <param name="pauses">Fraction of stages that take a thousand times as long.</param>
    /// <param name="rejoins">Fraction of stages after which the worker rejoins.</param>
    /// <param name="paceOf">
    /// A worker's slowdown factor, by its index, the stage's number and the number of the worker's stages observed so far.
    /// </param>
    /// <param name="isSettling">
    /// Whether a worker's estimates may currently be off, by its index and the number of its stages observed so far.
    /// </param>
    private static void Soak(
        Random random, double noise, double pauses, double rejoins, Func<int, int, int, double> paceOf,
        Func<int, int, bool>? isSettling = null)
    {
        var speeds = Workers.Select((_, worker) => Kinds.Select(_ => Math.Exp(0.4 * Normal(random)) / Benchmarks[worker]).ToArray())
            .ToArray();
        var book = ThroughputModel.Empty;
        var seen = new Dictionary<(int Worker, int Kind, int Size), int>();
        var ofWorker = new int[Workers.Length];
        var paces = Enumerable.Repeat(1.0, Workers.Length).ToArray();
        for (var stage = 0; stage < Stages; stage++)
        {
            // Most sizes no longer occur in the second half: their estimates must stay accurate.
            var key = (Worker: random.Next(Workers.Length), Kind: random.Next(Kinds.Length), Size: stage < Stages / 2
                ? random.Next(Sizes.Length)
                : random.Next(2));
            paces[key.Worker] = paceOf(key.Worker, stage, ofWorker[key.Worker]);
            var seconds = Truth(key) * Math.Exp(noise * Normal(random)) * (random.NextDouble() < pauses ? 1000 : 1);
            book = book.Learn(Workers[key.Worker], Precision, Benchmarks[key.Worker], Work(Kinds[key.Kind], Sizes[key.Size]), 1, seconds);
            seen[key] = seen.GetValueOrDefault(key) + 1;
            ofWorker[key.Worker]++;
            if (random.NextDouble() < rejoins)
                book = book.AfterRejoin(Workers[key.Worker]);
            foreach (
                var (each, _) in seen.Where(
                    known => known.Value >= 3 && isSettling?.Invoke(known.Key.Worker, ofWorker[known.Key.Worker]) != true))
            {
                var ratio = book.Seconds(Workers[each.Worker], Precision, Benchmarks[each.Worker], Work(Kinds[each.Kind], Sizes[each.Size]))
                    / Truth(each);
                Assert.True(
                    ratio is > 1 / Tolerance and < Tolerance,
                    FormattableString.Invariant($"After stage {stage} the estimate of {each} is {ratio:0.00} times the true value."));
            }
        }

        // A fixed tenth of a second plus the time of the arithmetic.
        double Truth((int Worker, int Kind, int Size) key) => paces[key.Worker] * (0.1 + (speeds[key.Worker][key.Kind] * Sizes[key.Size]));
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static StageWork Work(string kind, double teraflops) =>
        new(kind, ModelComponent.Transformer, teraflops, Steps: 1, Evaluations: 1, ActivationElements: 1e3, OutputBytes: 1e3, Key: "key",
            PathTeraOperations: teraflops);
}
