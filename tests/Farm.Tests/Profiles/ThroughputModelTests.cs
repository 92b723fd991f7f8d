using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>Learned stage times, and the rate at which they adapt.</summary>
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
    public void Fourfold_speed_change_is_estimated_within_25_percent_after_four_steps(double times)
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 10);

        book = Steps(book, Worker, Denoise, SecondsEach * times, steps: 4);

        Assert.InRange(Estimate(book, Worker, Denoise), SecondsEach * times * 0.75, SecondsEach * times * 1.25);
    }

    [Fact]
    public void One_slow_step_does_not_fully_change_the_estimate()
    {
        var book = Steps(Learned(Worker, Denoise, SecondsEach, stages: 10), Worker, Denoise, SecondsEach * 4, steps: 1);

        Assert.InRange(Estimate(book, Worker, Denoise), SecondsEach * 1.25, SecondsEach * 3);
    }

    [Fact]
    public void Unknown_stage_is_estimated_by_the_benchmark() =>
        Assert.Equal(
            4 * Estimate(ThroughputModel.Empty, Worker, Denoise, benchmark: 40),
            Estimate(ThroughputModel.Empty, Worker, Denoise, benchmark: 10), 6);

    [Fact]
    public void Estimate_of_a_new_size_uses_the_times_of_other_sizes()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(SecondsEach * 10, Estimate(book, Worker, Work("denoise", 1000)), 3);
        Assert.NotEqual(SecondsEach * 10, Estimate(ThroughputModel.Empty, Worker, Work("denoise", 1000)), 3);
    }

    [Fact]
    public void Times_of_the_exact_size_outweigh_those_of_other_sizes()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);
        book = Steps(book, Worker, Work("denoise", 1000), SecondsEach * 30, steps: 8);

        Assert.Equal(SecondsEach, Estimate(book, Worker, Denoise) / book.PaceOf(Worker), 3);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(5)]
    public void Times_of_a_new_size_do_not_affect_the_pace(double times)
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 10);

        book = Steps(book, Worker, Work("denoise", 1000), SecondsEach * 10 * times, steps: 3);

        Assert.Equal(1, book.PaceOf(Worker), 3);
        Assert.Equal(SecondsEach, Estimate(book, Worker, Denoise), 3);
    }

    [Fact]
    public void Estimate_scales_the_times_of_other_workers_by_benchmark()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(SecondsEach / 2, Estimate(book, "another", Denoise, Benchmark * 2), 3);
    }

    [Fact]
    public void Estimate_ignores_other_stage_kinds()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 3);

        Assert.Equal(Estimate(ThroughputModel.Empty, Worker, Work("decode-video", 100)), Estimate(book, Worker, Work("decode-video", 100)));
    }

    [Fact]
    public void Slow_pace_is_separate_from_usual_times_and_applies_to_all_stages()
    {
        var decode = Work("decode-video", 20);
        var book = Learned(Worker, decode, 5, stages: 10, Learned(Worker, Denoise, SecondsEach, stages: 10));

        book = Steps(book, Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.InRange(book.PaceOf(Worker), 3, 5);
        Assert.InRange(Estimate(book, Worker, decode), 5 * 3, 5 * 5);
    }

    [Fact]
    public void Rejoined_worker_is_estimated_between_its_usual_and_its_last_speed()
    {
        var book = Steps(Learned(Worker, Denoise, SecondsEach, stages: 10), Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.InRange(Estimate(book.AfterRejoin(Worker), Worker, Denoise), SecondsEach * 1.6, SecondsEach * 2.4);
    }

    [Fact]
    public void Pace_is_learned_per_worker()
    {
        var book = Learned("two", Denoise, SecondsEach, stages: 10, Learned(Worker, Denoise, SecondsEach, stages: 10));

        book = Steps(book, Worker, Denoise, SecondsEach * 4, steps: 4);

        Assert.Equal(SecondsEach, Estimate(book, "two", Denoise), 3);
    }

    [Fact]
    public void Steady_times_have_a_small_deviation()
    {
        var book = Learned(Worker, Denoise, SecondsEach, stages: 20);

        Assert.True(book.Deviation(Worker, Precision, Denoise) < 0.05);
        Assert.Equal(LearnedRate.UnknownDeviation, book.Deviation("another", Precision, Denoise));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public void Invalid_reports_are_ignored(double seconds, double share) =>
        Assert.Same(ThroughputModel.Empty, ThroughputModel.Empty.Learn(Worker, Precision, Benchmark, Denoise, share, seconds));

    private static double Estimate(ThroughputModel book, string worker, StageWork work, double benchmark = Benchmark) =>
        book.Seconds(worker, Precision, benchmark, work);

    private static ThroughputModel Learned(string worker, StageWork work, double seconds, int stages, ThroughputModel? from = null) =>
        Enumerable.Range(0, stages)
            .Aggregate(from ?? ThroughputModel.Empty, (book, _) => book.Learn(worker, Precision, Benchmark, work, 1, seconds));

    /// <summary>Learns single steps of a stage that takes <paramref name="secondsInAll"/> seconds in total.</summary>
    private static ThroughputModel Steps(ThroughputModel book, string worker, StageWork work, double secondsInAll, int steps) =>
        Enumerable.Range(0, steps)
            .Aggregate(book, (known, _) => known.Learn(worker, Precision, Benchmark, work, 1.0 / work.Steps, secondsInAll / work.Steps));

    private static StageWork Work(string kind, double teraflops) =>
        new(kind, ModelComponent.Transformer, teraflops, Steps: 8, Evaluations: 1, ActivationElements: 1e6, OutputBytes: 1e6, Key: "key",
            PathTeraOperations: teraflops);
}
