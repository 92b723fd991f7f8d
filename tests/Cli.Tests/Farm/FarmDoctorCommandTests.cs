using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Cli.Tests.Farm;

/// <summary>What <c>farm doctor</c> adds to the coordinator's checks.</summary>
public sealed class FarmDoctorCommandTests
{
    private static readonly Uri Api = new("http://127.0.0.1:8080");

    [Fact]
    public async Task Unreachable_coordinator_is_a_failed_check()
    {
        var diagnosis = await FarmDoctorCommand.ExamineAsync(Api, () => throw new FarmApiException("It can't be reached."));
        Assert.False(diagnosis.Usable);
        var check = Assert.Single(diagnosis.Checks);
        Assert.Equal(("coordinator", CheckOutcome.Failed, "It can't be reached"), (check.Check, check.Outcome, check.Finding));
    }

    [Fact]
    public async Task Other_version_is_a_warning()
    {
        var passed = new CheckResult("workers", CheckOutcome.Passed, "");
        var same = await FarmDoctorCommand.ExamineAsync(
            Api, () => Task.FromResult(new FarmDiagnosis(Usable: true, BuildVersion.Current, [passed])));
        Assert.Equal([CheckOutcome.Passed, CheckOutcome.Passed], same.Checks.Select(check => check.Outcome));
        var other = await FarmDoctorCommand.ExamineAsync(Api, () => Task.FromResult(new FarmDiagnosis(Usable: true, "0.0.1", [passed])));
        Assert.True(other.Usable);
        Assert.Equal(CheckOutcome.Warning, other.Checks[0].Outcome);
    }
}
