using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>Behaviour of the archive of ended batches on a real database.</summary>
public abstract class BatchArchiveSpec
{
    private static readonly DateTimeOffset Start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(7);

    private protected abstract FarmDatabase Database { get; }

    [SkippableFact]
    public async Task Saved_batch_is_listed_and_found()
    {
        var archive = new BatchArchive(Database);
        var view = View("b1", "a", null, "c");
        await archive.SaveAsync(view, Start, Start.AddHours(1), CancellationToken.None);

        var reopened = new BatchArchive(Database);
        Assert.Equal(
            new BatchSummary("b1", BatchState.Ended, Start, Start.AddHours(1), new ClipCounts(0, 0, 2, 1, 0)),
            Assert.Single(await reopened.ListAsync(CancellationToken.None)));
        var found = await reopened.FindAsync("b1", CancellationToken.None);
        Assert.Equal(view.Clips.Select(clip => (clip.Row, clip.State, clip.Clip, clip.Settings.Prompt)),
            found!.Clips.Select(clip => (clip.Row, clip.State, clip.Clip, clip.Settings.Prompt)));
        Assert.Null(await reopened.FindAsync("b2", CancellationToken.None));
    }

    [SkippableFact]
    public async Task Batches_are_listed_in_the_order_of_submission_and_results_newest_first()
    {
        var archive = new BatchArchive(Database);
        await archive.SaveAsync(View("late", "a", "b"), Start.AddMinutes(1), Start.AddMinutes(2), CancellationToken.None);
        await archive.SaveAsync(View("early", "c"), Start, Start.AddMinutes(3), CancellationToken.None);

        Assert.Equal(["early", "late"], (await archive.ListAsync(CancellationToken.None)).Select(batch => batch.Id));
        Assert.Equal(
            [new("early", 1, Blob("c"), Start.AddMinutes(3)), new("late", 1, Blob("a"), Start.AddMinutes(2)),
                new("late", 2, Blob("b"), Start.AddMinutes(2))],
            await archive.ResultsAsync(CancellationToken.None));
    }

    [SkippableFact]
    public async Task Saving_a_batch_twice_changes_nothing()
    {
        var archive = new BatchArchive(Database);
        await archive.SaveAsync(View("b1", "a", "b"), Start, Start, CancellationToken.None);
        await archive.SaveAsync(View("b1", "a", "b"), Start, Start, CancellationToken.None);

        Assert.Single(await archive.ListAsync(CancellationToken.None));
        Assert.Equal([1, 2], (await archive.ResultsAsync(CancellationToken.None)).Select(result => result.Row));
    }

    [SkippableFact]
    public async Task Forgotten_results_disappear_and_their_batch_stays()
    {
        var archive = new BatchArchive(Database);
        await archive.SaveAsync(View("b1", "a", "b"), Start, Start, CancellationToken.None);
        var results = await archive.ResultsAsync(CancellationToken.None);

        await archive.ForgetAsync([results[0]], CancellationToken.None);

        Assert.Equal([results[1]], await archive.ResultsAsync(CancellationToken.None));
        Assert.Equal(Blob("a"), (await archive.FindAsync("b1", CancellationToken.None))!.Clips[0].Clip);
    }

    [SkippableFact]
    public async Task Deleted_batch_is_gone_with_its_results()
    {
        var archive = new BatchArchive(Database);
        await archive.SaveAsync(View("b1", "a", null, "a", "b"), Start, Start, CancellationToken.None);
        await archive.SaveAsync(View("b2", "c"), Start, Start, CancellationToken.None);

        Assert.Equal(new RemovedBatch("b1", 3, 10), await archive.MeasureAsync("b1", CancellationToken.None));
        Assert.Equal(new RemovedBatch("b1", 3, 10), await archive.DeleteAsync("b1", CancellationToken.None));

        Assert.Null(await archive.FindAsync("b1", CancellationToken.None));
        Assert.Null(await archive.MeasureAsync("b1", CancellationToken.None));
        Assert.Null(await archive.DeleteAsync("b1", CancellationToken.None));
        Assert.Equal(["b2"], (await archive.ResultsAsync(CancellationToken.None)).Select(result => result.Batch));
    }

    /// <summary>A view with a finished clip for each name and a failed one for each null.</summary>
    internal static BatchView View(string id, params string?[] clips) => new(
        id, 3, BatchState.Ended, 60, ["w1"],
        clips.Select((name, index) => new ClipView(
            index + 1, $"{index + 1}.mp4", new RenderSettings { Prompt = "Ein Bär 🐻 'quoted'", Width = 64, Height = 64, NumFrames = 9 },
            name is null ? ClipState.Failed : ClipState.Finished, name is null ? "It failed." : null, 1, null,
            name is null ? null : Blob(name), "cafe", [])).ToList());

    internal static BlobRef Blob(string name) => new(new string(name[0], 64), 5);
}

/// <summary>The archive in a SQLite file.</summary>
public sealed class SqliteArchiveTests : BatchArchiveSpec, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("archive-").FullName;

    private protected override FarmDatabase Database => FarmDatabase.Of(_folder, postgres: null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>The archive on a PostgreSQL server; skipped where none is installed.</summary>
public sealed class PostgresArchiveTests(PostgresServer server) : BatchArchiveSpec, IClassFixture<PostgresServer>
{
    private FarmDatabase? _database;

    private protected override FarmDatabase Database => _database ??= server.CreateDatabase();
}
