using System.Collections.Concurrent;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>
/// Finds the type that called a host-only operator. Once a method has run a few times, the runtime may inline it into its caller, and the
/// caller then appears on the stack in place of the permitted type. The first calls of a method are not inlined, so by then the caller
/// has been seen calling the permitted type.
/// </summary>
internal sealed class HostCallers(OperatorRules rules)
{
    private readonly ConcurrentDictionary<(OperatorName Name, string Caller), string> _permitted = [];

    /// <summary>Returns the type that called the operator.</summary>
    /// <param name="callers">The engine's types on the stack, beginning with the one that called the operator; at least one.</param>
    public string CallerOf(OperatorName name, IReadOnlyList<string> callers)
    {
        if (!rules.Allows(name, callers[0]))
            return _permitted.GetValueOrDefault((name, callers[0]), callers[0]);
        if (callers.Count > 1)
            _permitted.TryAdd((name, callers[1]), callers[0]);
        return callers[0];
    }
}
