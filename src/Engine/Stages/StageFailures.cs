using System.Runtime.InteropServices;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages;

/// <summary>Tells from an exception what kind of fault a stage met.</summary>
public static class StageFailures
{
    // How libtorch words it: the CPU allocator, CUDA and MPS.
    private static readonly string[] OutOfMemoryWords = ["can't allocate memory", "not enough memory", "out of memory"];

    /// <summary>The stage exception for a fault that was met.</summary>
    /// <param name="what">What failed, at the beginning of a sentence: <c>Stage denoise-1</c>.</param>
    /// <param name="ex">The fault.</param>
    public static StageException Classify(string what, Exception ex) => ex switch
    {
        StageException known => known,
        _ when IsOutOfMemory(ex) => new StageException(
            FailureKind.OutOfMemory,
            $"{what} does not fit this machine's memory; render a smaller or shorter clip, or use a machine with more memory.", ex),
        NonFiniteOutputException { Output: var output } => new StageException(
            FailureKind.Input,
            $"{what} computed values that are not finite numbers ('{output}'), so the weights or an adapter are damaged or too large for "
                + "this dtype: render without adapters, download the model again, or compute with --dtype float32.",
            ex),
        DamagedWeightsException => new StageException(FailureKind.Input, $"{what} can't be computed: {ex.Message}", ex),
        IOException or UnauthorizedAccessException => new StageException(FailureKind.Machine, ex.Message, ex),
        _ => new StageException(FailureKind.Machine, $"{what} failed: {FirstLine(ex.Message)}", ex),
    };

    private static bool IsOutOfMemory(Exception ex) =>
        ex is OutOfMemoryException or TensorTooLargeException
        || (ex is ExternalException && OutOfMemoryWords.Any(words => ex.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    /// <summary>libtorch appends its C++ stack to its messages.</summary>
    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
