using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Clips;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Cli.Tests.Chaos;

public sealed class BatchPlanTests
{
    private const int Rows = 40;
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);
    private static readonly string[] Images = ["image-1.bmp", "image-2.bmp"];

    [Fact]
    public void Csv_of_every_batch_is_valid_and_keeps_the_rows()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, index) in Images.Select((name, index) => (name, index)))
            File.WriteAllBytes(folder[name], PlannedImage.Create(index));
        foreach (var batch in BatchPlan.Create(seed: 7, Rows, Duration, Images))
        {
            var content = BatchCsv.Read(folder.Write($"{batch.Name}.csv", batch.ToCsv()), new FileProbe(FfmpegTools.Find()));
            Assert.Empty(content.Errors);
            Assert.Equal(batch.Rows.Select(row => row.Output), content.Rows.Select(row => row.Output));
            Assert.Equal(batch.Rows.Select(row => (long)row.Seed), content.Rows.Select(row => row.Settings.Seed));
            Assert.Equal(batch.Rows.Select(row => row.Image.Length > 0 ? 1 : 0), content.Rows.Select(row => row.Inputs.Images.Count));
        }
    }

    [Fact]
    public void Batches_contain_all_rows_once_and_are_submitted_over_time()
    {
        var batches = BatchPlan.Create(seed: 7, Rows, Duration, Images);
        Assert.Equal(Rows, batches.SelectMany(batch => batch.Rows).Select(row => row.Output).Distinct().Count());
        Assert.Equal(batches.Count, batches.Select(batch => batch.Name).Distinct().Count());
        Assert.Equal(TimeSpan.Zero, batches[0].SubmitAt);
        Assert.Equal(batches.OrderBy(batch => batch.SubmitAt), batches);
        Assert.InRange(batches[^1].SubmitAt, Duration / 3, Duration);
    }

    [Fact]
    public void Rows_cover_prompts_in_common_images_priorities_and_both_pipelines()
    {
        var rows = BatchPlan.Create(seed: 7, Rows, Duration, Images).SelectMany(batch => batch.Rows).ToList();
        Assert.Contains(rows.GroupBy(row => row.Prompt), prompt => prompt.Count() > 1);
        Assert.Contains(rows, row => row.Image.Length > 0);
        Assert.Contains(rows, row => row.Priority > 0);
        Assert.Contains(rows, row => row.IsGuided);
        Assert.Contains(rows, row => !row.Audio);
        Assert.True(rows.Select(row => row.NumFrames).Distinct().Count() > 2);
    }

    [Fact]
    public void Equal_seeds_give_equal_batches() => Assert.Equal(
        BatchPlan.Create(3, Rows, Duration, Images).Select(batch => batch.ToCsv()),
        BatchPlan.Create(3, Rows, Duration, Images).Select(batch => batch.ToCsv()));
}
