using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// A fault injected into one operation of the self-test, for tests of its consequences in whole programs. While one is set, verdicts are
/// neither taken from the cache nor stored.
/// </summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Kind">What happens when its result has been computed.</param>
internal sealed record SelfTestFault(string Operation, SelfTestFaultKind Kind)
{
    /// <summary>The environment variable with the fault: the operation's name, optionally followed by a colon and the kind.</summary>
    public const string Variable = "MLXVIDEO_SELFTEST_BREAK";

    /// <summary>Reads the fault from the environment; null when there is none. Called by composition roots only.</summary>
    /// <exception cref="SelfTestFaultException">The variable is invalid.</exception>
    public static SelfTestFault? FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Parses <c>NAME</c> or <c>NAME:KIND</c>; returns null for no text.</summary>
    /// <exception cref="SelfTestFaultException">The name or the kind is unknown.</exception>
    public static SelfTestFault? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var parts = text.Split(':', 2);
        if (!SelfTest.Operations.Contains(parts[0]))
            throw new SelfTestFaultException(
                $"{Variable}: the self-test has no operation '{parts[0]}'; use one of {string.Join(", ", SelfTest.Operations)}.");
        var kinds = Enum.GetValues<SelfTestFaultKind>();
        var kind = Array.FindIndex(kinds, each => parts.Length == 1 || NameOf(each) == parts[1]);
        return kind >= 0
            ? new SelfTestFault(parts[0], kinds[kind])
            : throw new SelfTestFaultException(
                $"{Variable}: unknown kind of fault '{parts[1]}'; use one of {string.Join(", ", kinds.Select(NameOf))}.");
    }

    /// <summary>Applies the fault to the operation's result.</summary>
    public Tensor Apply(Tensor result)
    {
        switch (Kind)
        {
            case SelfTestFaultKind.Crash:
                Environment.FailFast($"{Variable} requests a crash.");
                return result;
            case SelfTestFaultKind.Hang:
                Thread.Sleep(Timeout.Infinite);
                return result;
            case SelfTestFaultKind.Nan when result.is_floating_point():
                return result.index_fill(result.shape.Length - 1, tensor(new[] { result.shape[^1] - 1 }), double.NaN);
            default:
                return (result * 2) + 1;
        }
    }

    private static string NameOf(SelfTestFaultKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>What happens when the result of the affected operation has been computed.</summary>
internal enum SelfTestFaultKind
{
    /// <summary>The values are wrong.</summary>
    Wrong,

    /// <summary>Some values are NaN; integers are wrong.</summary>
    Nan,

    /// <summary>The process crashes.</summary>
    Crash,

    /// <summary>The process stops responding.</summary>
    Hang,
}
