using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Cli.Doctor;

/// <summary>Checks that a model folder is complete, and that each of its components fits into the memory.</summary>
internal static class ModelChecks
{
    private const string Files = "model files";
    private const string Memory = "model memory";

    /// <param name="test">The self-test, which tells whether the device can be used, and in which dtype.</param>
    /// <param name="memoryBytes">Memory available to the device.</param>
    public static IEnumerable<CheckResult> Of(string folder, SelfTestReport test, long memoryBytes)
    {
        if (test.Settings is not { } settings)
        {
            return [new CheckResult(
                Files, CheckOutcome.Warning, $"{folder} was not checked, because the device can't be used",
                "Resolve the other failures first.")];
        }

        try
        {
            var model = ModelFolder.Open(folder);
            ModelLoader.Check(model);
            var bytes = model.Files.Sum(file => LinkTarget.Of(file.Path).Length);
            var compute = new ComputeSettings("cpu", settings.Dtype, settings.Kernels).Resolve();
            var largest = new ComponentSizes(new ModelLoader(model, compute), model.Configs).All.MaxBy(size => size.MinBytes)!;
            return
            [
                new CheckResult(Files, CheckOutcome.Passed, $"{folder} is complete: LTX-2 {model.Version}, {ByteSize.Text(bytes)}"),
                Fits(largest, memoryBytes),
            ];
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            return [new CheckResult(
                Files, CheckOutcome.Failed, ex.Message.TrimEnd('.'), "docs/model-files.md lists the files that a model folder needs.")];
        }
    }

    private static CheckResult Fits(ComponentSize largest, long memoryBytes)
    {
        var found = $"the {Name(largest)} needs {Readable.Gibibytes(largest.MinBytes)} of {Readable.Gibibytes(memoryBytes)}";
        return largest.MinBytes < memoryBytes
            ? new CheckResult(Memory, CheckOutcome.Passed, found)
            : new CheckResult(
                Memory, CheckOutcome.Failed, found, "Use a machine with more memory, a packed model or, off the CPU, --dtype bfloat16.");
    }

    private static string Name(ComponentSize size) =>
        string.Concat(size.Component.ToString().Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"))
            .TrimStart();
}
