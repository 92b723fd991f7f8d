using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Display;

namespace MlxVideo.Cli.Doctor;

/// <summary>Checks derived from the self-test: the device, and whether it computes correctly.</summary>
internal static class DeviceChecks
{
    private const string Test = "self-test";

    /// <param name="requested">The settings as given by the user.</param>
    /// <param name="test">The self-test of these settings.</param>
    public static IEnumerable<CheckResult> Of(ComputeSettings requested, SelfTestReport test)
    {
        if (test.Settings is not { } settings)
        {
            yield return new CheckResult(
                "device", CheckOutcome.Failed, (test.Failure ?? "unknown").TrimEnd('.'),
                requested.Device is ComputeSettings.Auto or "cpu"
                    ? "Run './mlx-video build' to restore libtorch, and report the message if it persists."
                    : "Choose another device with --device, for example cpu.");
            yield break;
        }

        yield return new CheckResult("device", CheckOutcome.Passed, $"{settings}, libtorch {test.Libtorch}");
        var seconds = Readable.Duration(test.Operations.Sum(operation => operation.Seconds));
        yield return test.Problem is { } problem
            ? new CheckResult(
                Test, CheckOutcome.Failed, problem.TrimEnd('.'),
                settings == TestedSettings.Reference
                    ? "Do not render on this machine; report the result with the output of 'doctor --json'."
                    : "Render with --device cpu --dtype float32, and report the result with the output of 'doctor --json'.")
            : new CheckResult(Test, CheckOutcome.Passed, $"{test.Operations.Count} operations are accurate, {seconds} of computing");
    }
}
