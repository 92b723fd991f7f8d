using System.Collections.Concurrent;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>
/// Records the operators that the engine calls with Metal-safe kernels, and the golden cases that have been recorded. Operators called by
/// the tests themselves, for example in comparisons, are left out.
/// </summary>
public sealed class OperatorAudit : IDisposable
{
    private readonly OperatorRules _rules;
    private readonly HostCallers _hostCallers;
    private readonly ConcurrentDictionary<(OperatorName Name, string Caller), OperatorCall> _calls = [];

    /// <summary>Operators of the engine with the same verdict for every caller: later calls need no inspection.</summary>
    private readonly ConcurrentDictionary<OperatorName, bool> _settled = [];

    private readonly HashSet<(string Path, string Mode)> _completed = [];

    private readonly string? _tableFile;

    /// <summary>
    /// Creates an audit with the checked-in lists, which writes a table to the file named by <c>MLXVIDEO_OPERATORS_TABLE</c>, if set.
    /// </summary>
    public OperatorAudit()
        : this(OperatorRules.Read(), Environment.GetEnvironmentVariable("MLXVIDEO_OPERATORS_TABLE"))
    {
    }

    internal OperatorAudit(OperatorRules rules, string? tableFile = null) =>
        (_rules, _hostCallers, _tableFile) = (rules, new HostCallers(rules), tableFile);

    /// <summary>Number of different calls recorded so far.</summary>
    public int Count => _calls.Count;

    /// <summary>Records until the result is disposed.</summary>
    public IDisposable Record(string path, string mode) => new OperatorRecorder(name => Add(name, $"{path} {mode}"));

    /// <summary>Notes that a case ran to its end while recorded.</summary>
    public void Complete(string path, string mode) => _completed.Add((path, mode));

    /// <summary>Returns the operators recorded so far.</summary>
    public IReadOnlySet<OperatorName> Called() => _calls.Keys.Select(call => call.Name).ToHashSet();

    /// <summary>Returns one sentence per call that may fail on a Mac.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. _calls.Values.Select(_rules.Error).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>Returns one sentence per reviewed operator that no case has called; none unless all the given cases have run.</summary>
    public IReadOnlyList<string> Stale(IEnumerable<(string Path, string Mode)> cases) => cases.All(_completed.Contains)
        ? [.. _rules.Stale(Called()).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Writes the table of recorded calls.</summary>
    public void Dispose()
    {
        if (!string.IsNullOrEmpty(_tableFile))
            File.WriteAllLines(_tableFile, _calls.Values.OrderBy(call => call.Name.ToString(), StringComparer.Ordinal)
                .ThenBy(call => call.Caller, StringComparer.Ordinal)
                .Select(call => $"{call.Name,-32} {_rules.Verdict(call.Name),-9} {call.Caller,-36} {call.Place}")
                .Prepend($"{"operator",-32} {"verdict",-9} {"first caller; for host, all callers",-36} case"));
    }

    private void Add(OperatorName name, string place)
    {
        if (_settled.ContainsKey(name) || EngineCaller.Find() is not [var caller, ..] callers)
            return;
        if (_rules.IsIndependentOfCaller(name))
            _settled.TryAdd(name, true);
        else
            caller = _hostCallers.CallerOf(name, callers);
        _calls.TryAdd((name, caller), new OperatorCall(name, caller, place));
    }
}
