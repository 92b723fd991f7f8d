using System.Text.Json.Serialization;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>The outcome of a self-test.</summary>
/// <param name="Settings">The tested settings; null when they could not be resolved.</param>
/// <param name="Libtorch">Version of libtorch; null when it could not be loaded.</param>
/// <param name="Operations">Results of the operations up to an abnormal end.</param>
/// <param name="Failure">Why the self-test ended early, in one sentence; null when it ran to its end.</param>
/// <param name="Features">Trials of functions that renders can do without; null when none was tried.</param>
public sealed record SelfTestReport(
    TestedSettings? Settings, string? Libtorch, IReadOnlyList<OperationResult> Operations, string? Failure,
    IReadOnlyList<FeatureResult>? Features = null)
{
    /// <summary>The faster forms that the device computes correctly.</summary>
    [JsonIgnore]
    public MetalFeatures FastForms => new(IsApproved(FeatureTrials.NativeAttention), IsApproved(FeatureTrials.FusedNorm));

    /// <summary>True when the undocumented functions of the Metal allocator work.</summary>
    [JsonIgnore]
    public bool UsesAllocator => IsApproved(FeatureTrials.Allocator);

    /// <summary>True when every operation passed.</summary>
    public bool Passed => Failure is null && Operations.All(operation => operation.Passed);

    /// <summary>The first problem and the number of others, in one sentence; null when every operation passed.</summary>
    public string? Problem
    {
        get
        {
            var failed = Operations.Where(operation => !operation.Passed).ToList();
            if (failed.Count == 0)
                return Failure;
            var others = failed.Count switch
            {
                1 => "",
                2 => "; 1 other operation fails",
                _ => $"; {failed.Count - 1} other operations fail",
            };
            return $"The device '{Settings?.Device}' {failed[0].Failure} with {Settings?.Dtype} and {Settings?.Kernels} kernels{others}.";
        }
    }

    private bool IsApproved(string feature) => Features?.Any(result => result.Feature == feature && result.IsApproved) == true;
}
