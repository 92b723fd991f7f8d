using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>One to three batches with one to twelve small clips in total and random constraints.</summary>
internal static class RandomWorkloads
{
    private const int MaxClips = 12;
    private const int MaxBatches = 3;
    private const int LatestSubmission = 300;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly BlobRef Image = new(new string('a', 64), 400_000);

    /// <summary>A single batch.</summary>
    public static Gen<BatchRequest> Batch { get; } =
        from count in Gen.Choose(1, MaxClips)
        from batch in BatchOf(1, Enumerable.Range(1, count).ToList())
        select batch;

    /// <summary>One to three batches; the first is submitted at time 0.</summary>
    public static Gen<IReadOnlyList<Submission>> Submissions { get; } =
        from batches in Gen.Choose(1, MaxBatches)
        from count in Gen.Choose(batches, MaxClips)
        from submissions in Gen.CollectToList(Enumerable.Range(0, batches).Select(batch =>
            from at in batch == 0 ? Gen.Constant(0) : Gen.Choose(0, LatestSubmission)
            from submitted in BatchOf(batch, Enumerable.Range(1, count).Where(row => row % batches == batch).ToList())
            select new Submission(at, submitted)))
        select (IReadOnlyList<Submission>)submissions;

    private static Gen<BatchRequest> BatchOf(int number, IReadOnlyList<int> rows) =>
        from clips in Gen.CollectToList(rows.Select(Clip))
        from weight in Gen.Elements(0.5, 1, 1, 3)
        select new BatchRequest(string.Create(CultureInfo.InvariantCulture, $"token-{number}"), clips, weight);

    private static Gen<ClipRequest> Clip(int row) =>
        from settings in Settings(row)
        from priority in Gen.Elements(0, 0, 0, 1, 2)
        from preempts in Gen.Elements(true, false, false, false)
        from deadline in Gen.Elements<DateTimeOffset?>(null, null, Start.AddSeconds(100), Start.AddSeconds(400))
        from tag in Gen.Elements(null, null, null, RandomFarms.Tag)
        select new ClipRequest(
            row, string.Create(CultureInfo.InvariantCulture, $"{row}.mp4"),
            new ClipConstraints(priority, deadline, preempts && priority > 0, tag), settings);

    /// <summary>Prompts and seeds repeat occasionally, and with them whole clips.</summary>
    private static Gen<RenderSettings> Settings(int row) =>
        from size in Gen.Elements((256, 256, 9), (384, 256, 17), (512, 320, 33), (512, 512, 65), (768, 512, 33))
        from prompt in Gen.Choose(0, 6)
        from seed in Gen.Elements(1, row)
        from audio in Gen.Elements(true, true, false)
        from hasImage in Gen.Elements(true, false, false, false)
        from pipeline in Gen.Elements(PipelineKind.OneStage, PipelineKind.Distilled, PipelineKind.Distilled)
        select new RenderSettings
        {
            Prompt = prompt < 3
                ? string.Create(CultureInfo.InvariantCulture, $"prompt {prompt}")
                : string.Create(CultureInfo.InvariantCulture, $"clip {row}"),
            Pipeline = pipeline,
            Guided = GuidedSampling.Official with { Steps = 12 },
            Width = size.Item1,
            Height = size.Item2,
            NumFrames = size.Item3,
            Seed = seed,
            Audio = audio,
            Images = hasImage ? [new ImageConditioning(Image)] : [],
        };
}
