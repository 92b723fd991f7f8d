using System.Globalization;
using MlxVideo.Cli.Chaos.Batches;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Verification;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Cli.Chaos;

/// <summary>
/// Renders the same batches on an undisturbed farm and on one with faults, and compares the results.
/// </summary>
/// <param name="say">Receives progress messages.</param>
internal sealed class ChaosRun(ChaosOptions options, FfmpegTools tools, TimeProvider time, Action<string> say)
{
    private const int Images = 3;

    /// <summary>A disturbed farm may need this many times the undisturbed duration after the last fault.</summary>
    private const double Slowdown = 5;

    private static readonly TimeSpan MinLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UndisturbedLimit = TimeSpan.FromHours(2);

    /// <summary>Runs both phases.</summary>
    /// <param name="root">An empty folder for all files of the run.</param>
    /// <param name="model">The model folder.</param>
    public async Task<ChaosReport> RunAsync(string root, string model, CancellationToken cancellationToken)
    {
        var batches = WriteBatches(root);
        var schedule = FaultSchedule.Create(options.Seed, options.Duration, options.Workers, options.Kinds);
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"Seed {options.Seed}: {options.Rows} rows in {batches.Count} batches, {options.Workers} workers, {schedule.Count} faults in "
            + $"{options.Duration.TotalMinutes:0.##} minutes."));
        say("The undisturbed run starts.");
        var undisturbed = await Phase("undisturbed").RunAsync(model, [], UndisturbedLimit, cancellationToken);
        var limit = undisturbed.Elapsed * Slowdown;
        say(string.Create(
            CultureInfo.InvariantCulture, $"The undisturbed run took {undisturbed.Elapsed.TotalSeconds:0} s; the run with faults starts."));
        var disturbed = await Phase("disturbed").RunAsync(model, schedule, limit > MinLimit ? limit : MinLimit, cancellationToken);
        say("Comparing the clips.");
        var expected = await HashesAsync(batches, undisturbed, cancellationToken);
        var delivered = await HashesAsync(batches, disturbed, cancellationToken);
        List<string> problems =
        [
            .. undisturbed.Problems.Select(problem => $"Undisturbed run: {problem}"), .. disturbed.Problems,
            .. FrameComparison.FindProblems(expected, delivered),
        ];
        return new ChaosReport(
            options.Seed, Math.Round(options.Duration.TotalMinutes, 3), options.Workers, batches.Count, options.Rows, delivered.Count,
            disturbed.Attempts.Total, disturbed.Attempts.Retries, disturbed.Clients.Sum(client => client.Runs), disturbed.Restarts,
            disturbed.OwnExits, Seconds(undisturbed.Elapsed), Seconds(disturbed.Elapsed), Seconds(disturbed.Settled),
            FaultCount.Of(options.Kinds, disturbed.Log), disturbed.Log, problems);

        ChaosPhase Phase(string name) => new(name, root, options, batches, time, say);
    }

    private IReadOnlyList<PlannedBatch> WriteBatches(string root)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, ChaosPhase.CsvFolder)).FullName;
        var images = Enumerable.Range(1, Images).Select(number => $"image-{number}.bmp").ToList();
        for (var index = 0; index < images.Count; index++)
            File.WriteAllBytes(Path.Combine(folder, images[index]), PlannedImage.Create(options.Seed + index));
        var batches = BatchPlan.Create(options.Seed, options.Rows, options.Duration, images);
        foreach (var batch in batches)
            File.WriteAllText(Path.Combine(folder, $"{batch.Name}.csv"), batch.ToCsv());
        return batches;
    }

    private Task<IReadOnlyDictionary<string, string>> HashesAsync(
        IReadOnlyList<PlannedBatch> batches, PhaseResult phase, CancellationToken cancellationToken) =>
        FrameComparison.HashesAsync(tools, batches.Zip(phase.Clients, (batch, client) => (batch, client.Folder)), cancellationToken);

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 1);
}
