using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>What is learned of times, and how fast.</summary>
public sealed class ThroughputModelTests
{
    private const string Worker = "one";
    private const string Precision = "bfloat16";
    private const double Benchmark = 10;
    private const double SecondsEach = 12;
    private static readonly StageWork Denoise = Work("denoise", 100);

    [Theory]
    [InlineData(4)]
    [InlineData(0.25)]
    public void A_Mac_that_changes_its_speed_fourfold_is_estimated_within_a_quarter_after_four_steps(double times)
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 10);

        book = Steps(book, Worker, Denoise, SecondsEach * times, steps: 4);

        Assert.InRange(Estimate(book, Worker, Denoise), SecondsEach * times * 0.75, SecondsEach * times * 1.25);
    }

    [Fact]
    public void One_slow_step_alone_does_not_settle_it()
    {
        var book = Steps(Learned(Worker, Denoise, SecondsEach, stages: 10), Worker, Denoise, SecondsEach * 4, steps: 1);

        Assert.InRange(Estimate(book, Worker, Denoise), SecondsEach * 1.25, SecondsEach * 3);
    }

    [Fact]
    public void Nothing_seen_yet_is_guessed_by_the_benchmark() =>
        Assert.Equal(
            4 * Estimate(ThroughputModel.Empty, Worker, Denoise, benchmark: 40),
            Estimate(ThroughputModel.Empty, Worker, Denoise, benchmark: 10), 6);

    [Fact]
    public void Other_sizes_inform_the_guess()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(SecondsEach * 10, Estimate(book, Worker, Work("denoise", 1000)), 3);
        Assert.NotEqual(SecondsEach * 10, Estimate(ThroughputModel.Empty, Worker, Work("denoise", 1000)), 3);
    }

    [Fact]
    public void The_exact_size_counts_for_more_than_others()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);
        book = Steps(book, Worker, Work("denoise", 1000), SecondsEach * 30, steps: 8);

        Assert.Equal(SecondsEach, Estimate(book, Worker, Denoise) / book.PaceOf(Worker), 3);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(5)]
    public void A_size_that_was_never_done_tells_nothing_of_the_pace(double times)
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 10);

        book = Steps(book, Worker, Work("denoise", 1000), SecondsEach * 10 * times, steps: 3);

        Assert.Equal(1, book.PaceOf(Worker), 3);
        Assert.Equal(SecondsEach, Estimate(book, Worker, Denoise), 3);
    }

    [Fact]
    public void Other_workers_inform_the_guess_by_their_benchmarks()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(SecondsEach / 2, Estimate(book, "another", Denoise, Benchmark * 2), 3);
    }

    [Fact]
    public void Other_kinds_do_not()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(Estimate(ThroughputModel.Empty, Worker, Work("decode-video", 100)), Estimate(book, Worker, Work("decode-video", 100)));
    }

    [Fact]
    public void A_slow_pace_is_kept_apart_from_usual_times_and_holds_for_all_stages()
    {
        var decode = Work("decode-video", 20);
        var book = Learned(Worker, decode, 5, stages: 10, Learned(Worker, Denoise, SecondsEach, stages: 10));

        book = Steps(book, Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.InRange(book.PaceOf(Worker), 3, 5);
        Assert.InRange(Estimate(book, Worker, decode), 5 * 3, 5 * 5);
    }

    [Fact]
    public void A_worker_that_joins_anew_is_estimated_between_its_usual_and_its_last_speed()
    {
        var book = Steps(Learned(Worker, Denoise, SecondsEach, stages: 10), Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.InRange(Estimate(book.AfterRejoin(Worker), Worker, Denoise), SecondsEach * 1.6, SecondsEach * 2.4);
    }

    [Fact]
    public void Pace_is_each_workers_own()
    {
        var book = Learned("two", Denoise, SecondsEach, stages: 10, Learned(Worker, Denoise, SecondsEach, stages: 10));

        book = Steps(book, Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.Equal(SecondsEach, Estimate(book, "two", Denoise), 3);
    }

    [Fact]
    public void Steady_times_come_with_little_deviation()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 20);

        Assert.True(book.Deviation(Worker, Precision, Denoise) < 0.05);
        Assert.Equal(LearnedRate.UnknownDeviation, book.Deviation("another", Precision, Denoise));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public void Senseless_reports_teach_nothing(double seconds, double share) =>
        Assert.Same(ThroughputModel.Empty, ThroughputModel.Empty.Learn(Worker, Precision, Benchmark, Denoise, share, seconds));

    private static double Estimate(ThroughputModel book, string worker, StageWork work, double benchmark = Benchmark) =>
        book.Seconds(worker, Precision, benchmark, work);

    private static ThroughputModel Learned(string worker, StageWork work, double seconds, int stages, ThroughputModel? from = null) =>
        Enumerable.Range(0, stages)
            .Aggregate(from ?? ThroughputModel.Empty, (book, _) => book.Learn(worker, Precision, Benchmark, work, 1, seconds));

    /// <summary>Reports of single steps of a stage that takes so many seconds in all.</summary>
    private static ThroughputModel Steps(ThroughputModel book, string worker, StageWork work, double secondsInAll, int steps) =>
        Enumerable.Range(0, steps)
            .Aggregate(book, (known, _) => known.Learn(worker, Precision, Benchmark, work, 1.0 / work.Steps, secondsInAll / work.Steps));

    private static StageWork Work(string kind, double teraflops) =>
        new(kind, ModelComponent.Transformer, teraflops, Steps: 8, Evaluations: 1, ActivationElements: 1e6, OutputBytes: 1e6, Key: "key",
            PathTeraOperations: teraflops);
}
