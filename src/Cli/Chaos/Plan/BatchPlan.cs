using System.Globalization;

namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>
/// The batches of a run: small clips of several sizes and lengths, some with equal prompts, images or a priority, submitted over time.
/// </summary>
public static class BatchPlan
{
    private const int RowsPerBatch = 6;
    private const int RowsPerPrompt = 3;
    private const double GuidedShare = 0.15;
    private const double ImageShare = 0.25;
    private const double AudioShare = 0.7;
    private const double PriorityShare = 0.2;
    private const int HighPriority = 10;

    /// <summary>Share of the duration in which batches are submitted.</summary>
    private const double SubmissionShare = 0.7;

    private static readonly (int Width, int Height)[] Sizes = [(64, 64), (128, 64), (128, 128), (192, 128), (256, 144)];

    // The longest clips have several decode tiles.
    private static readonly int[] Lengths = [9, 17, 17, 25, 33, 65, 129];

    /// <summary>Returns the batches in order of submission.</summary>
    /// <param name="seed">Equal seeds give equal batches.</param>
    /// <param name="rows">Total number of rows.</param>
    /// <param name="duration">Duration of the schedule.</param>
    /// <param name="images">File names of the available conditioning images.</param>
    public static IReadOnlyList<PlannedBatch> Create(int seed, int rows, TimeSpan duration, IReadOnlyList<string> images)
    {
        var random = new Random(seed);
        var prompts = Math.Max(1, rows / RowsPerPrompt);
        var planned = Enumerable.Range(1, rows).Select(number => Row(random, number, prompts, images)).ToList();
        var batches = planned.Chunk(RowsPerBatch).ToList();
        return batches.Select((chunk, index) => new PlannedBatch(
            string.Create(CultureInfo.InvariantCulture, $"batch-{index + 1}"),
            duration * (SubmissionShare * (index == 0 ? 0 : (index + random.NextDouble()) / batches.Count)),
            chunk)).ToList();
    }

    private static PlannedRow Row(Random random, int number, int prompts, IReadOnlyList<string> images)
    {
        var (width, height) = Sizes[random.Next(Sizes.Length)];
        var isGuided = random.NextDouble() < GuidedShare;
        return new PlannedRow(
            string.Create(CultureInfo.InvariantCulture, $"a kite over hill number {random.Next(prompts)}"),
            isGuided,
            width,
            height,
            Lengths[random.Next(isGuided ? Lengths.Length / 2 : Lengths.Length)],
            random.Next(),
            random.NextDouble() < AudioShare,
            images.Count > 0 && random.NextDouble() < ImageShare ? images[random.Next(images.Count)] : "",
            random.NextDouble() < PriorityShare ? HighPriority : 0,
            string.Create(CultureInfo.InvariantCulture, $"clip-{number:000}.mp4"));
    }
}
