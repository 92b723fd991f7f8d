using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Cli.Doctor;

/// <summary>The doctor's report; written as JSON with snake_case names.</summary>
/// <param name="Usable">True when no check failed.</param>
/// <param name="Machine">Operating system, processor and memory.</param>
/// <param name="WorkingSetBytes">Memory that Metal recommends to use at most; null where there is no such recommendation.</param>
/// <param name="Settings">The resolved device, dtype and kernels; null when they could not be resolved.</param>
/// <param name="Libtorch">Version of libtorch; null when it could not be loaded.</param>
/// <param name="Checks">The checks, in the order in which they were made.</param>
/// <param name="SelfTest">The operations of the self-test with their errors and times.</param>
/// <param name="Features">Functions of libtorch that renders can do without, and whether they are approved.</param>
internal sealed record DoctorReport(
    bool Usable, MachineDescription Machine, long? WorkingSetBytes, TestedSettings? Settings, string? Libtorch,
    IReadOnlyList<CheckResult> Checks, IReadOnlyList<OperationResult> SelfTest, IReadOnlyList<FeatureResult> Features);
