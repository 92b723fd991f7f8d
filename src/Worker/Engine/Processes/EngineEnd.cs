using System.Globalization;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>The unexpected end of an engine process.</summary>
/// <param name="ExitCode">128 plus the number for a signal, as .NET reports it.</param>
/// <param name="IsShortOfMemory">True when the system was killing processes for lack of memory.</param>
/// <param name="Output">The last lines of the process's output; may be empty.</param>
public sealed record EngineEnd(int ExitCode, bool IsShortOfMemory, string Output)
{
    private const int SignalBase = 128;
    private const int Kill = 9;

    /// <summary>Words of libtorch, Metal, the C++ library and the .NET runtime before they abort.</summary>
    private static readonly string[] OutOfMemoryWords =
        ["out of memory", "bad_alloc", "insufficient memory", "not enough memory", "can't allocate memory", "cannot allocate memory"];

    private static readonly IReadOnlyDictionary<int, string> Signals = new Dictionary<int, string>
    {
        [4] = "SIGILL",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [Kill] = "SIGKILL",
        [10] = "SIGBUS",
        [11] = "SIGSEGV",
        [15] = "SIGTERM",
    };

    /// <summary>Kind of the failure of the stage that the process was computing.</summary>
    public FailureKind Kind => IsOutOfMemory ? FailureKind.OutOfMemory : FailureKind.Machine;

    /// <summary>The end, its probable cause and the last lines, in one sentence.</summary>
    public string Message
    {
        get
        {
            var signal = ExitCode - SignalBase;
            var how = Signals.TryGetValue(signal, out var name)
                ? string.Create(CultureInfo.InvariantCulture, $"signal {signal} ({name})")
                : string.Create(CultureInfo.InvariantCulture, $"exit code {ExitCode}");
            return $"The engine process ended with {how}{(IsOutOfMemory ? ", perhaps because the machine ran out of memory" : "")}"
                + (Output.Length > 0 ? $"; last lines of its output: {Output}" : ".");
        }
    }

    private bool IsOutOfMemory => (ExitCode == SignalBase + Kill && IsShortOfMemory)
        || OutOfMemoryWords.Any(words => Output.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns the failure of a stage that the process was computing.</summary>
    public StageException ToFailure() => new(Kind, Message);
}
