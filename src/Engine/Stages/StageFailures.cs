using System.Runtime.InteropServices;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages;

/// <summary>Classifies the exceptions of failed stages.</summary>
public static class StageFailures
{
    // Wording of libtorch's CPU allocator, CUDA and MPS.
    private static readonly string[] OutOfMemoryWords = ["can't allocate memory", "not enough memory", "out of memory"];

    /// <summary>Converts an exception to a stage exception.</summary>
    /// <param name="what">Subject of the message: <c>Stage denoise-1</c>.</param>
    public static StageException Classify(string what, Exception ex) => ex switch
    {
        StageException known => known,
        _ when IsOutOfMemory(ex) => new StageException(
            FailureKind.OutOfMemory,
            $"{what} does not fit this machine's memory; render a smaller or shorter clip, or use a machine with more memory.", ex),
        NonFiniteOutputException { Output: var output } => new StageException(
            FailureKind.Input,
            $"{what} computed values that are not finite numbers ('{output}'): the weights or an adapter are damaged or exceed the range "
                + "of this dtype; render without adapters, download the model again, or use --dtype float32.",
            ex),
        DamagedWeightsException => new StageException(FailureKind.Input, $"{what} can't be computed: {ex.Message}", ex),
        IOException or UnauthorizedAccessException => new StageException(FailureKind.Machine, ex.Message, ex),
        _ => new StageException(FailureKind.Machine, $"{what} failed: {FirstLine(ex.Message)}", ex),
    };

    private static bool IsOutOfMemory(Exception ex) =>
        ex is OutOfMemoryException or TensorTooLargeException
        || (ex is ExternalException && OutOfMemoryWords.Any(words => ex.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Drops the C++ stack that libtorch appends to its messages.</summary>
    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
