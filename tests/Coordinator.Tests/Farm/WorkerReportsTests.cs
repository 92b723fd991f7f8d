using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

public sealed class WorkerReportsTests
{
    private static readonly AttemptAddress Attempt = new(new StageAddress("b", 1, "denoise-1"), 1);

    private readonly WorkerReports _reports = new();

    [Fact]
    public void Latest_report_of_a_working_worker_is_shown()
    {
        _reports.Record("w1", new AttemptProgress(Attempt, 1, 8, TensorBytes: 10, DriverBytes: 20));
        _reports.Record("w1", new AttemptProgress(Attempt, 2, 8, TensorBytes: null, DriverBytes: 30));
        _reports.Record("w1", new AttemptProgress(Attempt, 3, 8)); // reports nothing
        Assert.Equal(new WorkerMemory(null, 30), Shown(Attempt));
        Assert.Null(Shown(null));
        Assert.Null(Shown(Attempt with { Number = 2 }));
    }

    [Fact]
    public void Report_ends_with_the_worker()
    {
        _reports.Record("w1", new AttemptProgress(Attempt, 1, 8, 10, 20));
        _reports.Forget("w1");
        Assert.Null(Shown(Attempt));
    }

    private WorkerMemory? Shown(AttemptAddress? current) => _reports.AddTo(
        new FarmStatus([new WorkerView("w1", "w1", "mps", "m", "m", "a", "row 1: denoise-1")]), _ => current).Workers[0].Memory;
}
