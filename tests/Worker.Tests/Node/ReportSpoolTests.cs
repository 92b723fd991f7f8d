using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

public sealed class ReportSpoolTests : IDisposable
{
    private static readonly AttemptDone First = Result("denoise-1", 1);
    private static readonly AttemptDone Second = Result("denoise-1", 2);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Results_are_read_by_the_next_process_until_they_are_removed()
    {
        var spool = Open();
        spool.Add(First);
        spool.Add(Second);
        spool.Add(Second);
        Assert.Equal([First.Attempt, Second.Attempt], Read());

        Open().Remove(First.Attempt);
        Open().Remove(First.Attempt);

        var left = Assert.Single(Open().Read());
        Assert.Equal((Second.Attempt, Second.Outputs.Single()), (left.Attempt, left.Outputs.Single()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"attempt\":{\"stage\":{\"batch\":\"b1\",\"row\":1,\"stage_id\":\"x\"},\"number\":1},\"outputs\":[]}")]
    public void Files_that_hold_no_result_are_removed(string content)
    {
        Open().Add(First);
        File.WriteAllText(_folder.File("0.json"), content);
        File.WriteAllText(_folder.File("1.json.partial"), content);

        Assert.Equal([First.Attempt], Read());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Old_results_are_removed()
    {
        Open().Add(First);
        File.SetLastWriteTimeUtc(Directory.GetFiles(_folder.Path).Single(), DateTime.UtcNow.AddDays(-8));
        Assert.Empty(Open().Read());
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Unwritable_folder_costs_only_the_stored_results()
    {
        var spool = Open();
        Directory.Delete(_folder.Path);
        spool.Add(First);
        spool.Remove(First.Attempt);
        Directory.CreateDirectory(_folder.Path);
        Assert.Empty(Open().Read());
    }

    public void Dispose() => _folder.Dispose();

    private static AttemptDone Result(string stage, int number) => new(
        new AttemptAddress(new StageAddress("b1", 1, stage), number), [new NamedBlob("out", new BlobRef(new string('a', 64), 5))]);

    private ReportSpool Open() => new(_folder.Path, TimeProvider.System, NullLogger<ReportSpool>.Instance);

    private IEnumerable<AttemptAddress> Read() => Open().Read().Select(result => result.Attempt).OrderBy(attempt => attempt.Number);
}
