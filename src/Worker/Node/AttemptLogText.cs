using System.Globalization;
using System.Text.Json;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>The log lines that a worker writes about each attempt.</summary>
internal static class AttemptLogText
{
    /// <summary>The first line.</summary>
    public static string Assigned(AssignStage assignment) => assignment.Inputs.Count == 0
        ? "started, without inputs"
        : $"started, with {string.Join(", ", assignment.Inputs.Select(input => input.Name))}";

    /// <summary>A component was loaded.</summary>
    public static string Loaded(ModelComponent component, long bytes, double seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"loaded {NameOf(component)} ({ByteSize.Text(bytes)}) in {Readable.Duration(seconds)}");

    /// <summary>Progress was made.</summary>
    /// <param name="unit">What is counted.</param>
    public static string Step(string unit, int step, int steps) =>
        step == 0 ? "computing" : string.Create(CultureInfo.InvariantCulture, $"{unit} {step}/{steps}");

    /// <summary>The outputs have arrived.</summary>
    public static string Done(IReadOnlyList<NamedBlob> outputs, DeviceMemoryUse? memory) =>
        $"done, {ByteSize.Text(outputs.Sum(output => output.Blob.Length))} of results"
        + (memory is { } use ? $", {Readable.Gibibytes(use.DriverBytes)} of device memory in use" : "");

    /// <summary>Returns what a stage's progress counts.</summary>
    public static string UnitOf(AssignStage assignment)
    {
        try
        {
            return StageKinds.Of(StageJson.Deserialize(assignment.StageJson)).ProgressUnit;
        }
        catch (Exception ex) when (ex is JsonException or NotSupportedException)
        {
            return "step"; // the attempt fails for this reason
        }
    }

    /// <summary>Returns a component's name in words: <c>text encoder</c>.</summary>
    private static string NameOf(ModelComponent component) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(component.ToString()).Replace('_', ' ');
}
