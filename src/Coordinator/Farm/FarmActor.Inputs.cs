using Akka.Actor;
using MlxVideo.Farm.Decisions;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <content>Handles inputs that a worker could not get.</content>
public sealed partial class FarmActor
{
    /// <summary>
    /// Reads the inputs that a worker could not get: if they are in order, the worker is at fault. Until then, the attempt stays without a
    /// lease.
    /// </summary>
    private void CheckInputs(AttemptFailed report)
    {
        _leases.End(report.Attempt);
        var stored = ArtefactDecisions.Find(_farm.State, report.Attempt.Stage, report.MissingInputs);
        var absent = report.MissingInputs.Except(stored.Select(input => input.Name)).ToList();
        _muxing.FindLostAsync(stored, _stopping.Token).PipeTo(
            Self,
            success: lost => new InputsChecked(report, [.. absent, .. lost], null),
            failure: ex => new InputsChecked(report, [], ex.GetBaseException().Message));
    }

    private void OnInputsChecked(InputsChecked check)
    {
        var (attempt, message) = (check.Report.Attempt, check.Report.Message);
        if (check.Problem is not null)
            CommitFailure(FailureKind.Coordinator, () => _farm.Fail(attempt, FailureKind.Coordinator, check.Problem, Now));
        else if (check.Lost.Count == 0)
            Commit(() => _farm.Fail(attempt, FailureKind.Machine, message, Now));
        else
            Commit(() => _farm.LoseInputs(attempt, check.Lost, message, Now));
    }

    /// <param name="Lost">Names of the inputs that are missing or damaged in the store.</param>
    /// <param name="Problem">Why the store can't be read; null when it can.</param>
    private sealed record InputsChecked(AttemptFailed Report, IReadOnlyList<string> Lost, string? Problem)
        : INoSerializationVerificationNeeded;
}
