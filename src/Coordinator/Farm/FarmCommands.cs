using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Translates wire messages and API bodies into commands of the domain, which depends on neither.</summary>
internal static class FarmCommands
{
    public static BatchRequest ToCommand(this SubmitBatch batch) => new(
        batch.ClientToken,
        batch.Clips.Select(clip => new ClipRequest(clip.Row, clip.Output, clip.Constraints, clip.Settings, clip.Model)).ToList(),
        batch.Weight,
        batch.Model,
        batch.MaxFailed);

    public static RegisterWorker ToCommand(this WorkerHello hello) => new(
        hello.WorkerId, hello.Epoch, hello.Name, hello.Device, hello.Model, hello.Capabilities, hello.ModelName, hello.Held);

    public static StepProgress ToCommand(this AttemptProgress progress) => new(progress.Attempt, progress.Step, progress.Steps);

    public static CompleteAttempt ToCommand(this AttemptDone report) => new(report.Attempt, report.Outputs);

    public static WorkerResidency ToCommand(this WorkerResident resident) =>
        new(resident.WorkerId, resident.Components, resident.Loaded, resident.Seconds);

    public static LinkSpeed ToCommand(this WorkerLink link) => new(link.WorkerId, link.BytesPerSecond);
}
