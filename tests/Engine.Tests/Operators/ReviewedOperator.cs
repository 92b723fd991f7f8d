using System.Text.RegularExpressions;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>The verdict on an operator without a Metal kernel of its own: a line of reviewed-operators.txt.</summary>
/// <param name="Places">For host-only operators, the engine's types and namespaces that may call it; otherwise empty.</param>
/// <param name="MetalEquivalent">For kernels of the CPU, the operator called instead on a Mac.</param>
internal sealed partial record ReviewedOperator(
    OperatorName Name, OperatorCategory Category, IReadOnlyList<string> Places, OperatorName? MetalEquivalent, string Reason)
{
    /// <summary>Returns whether the engine's type <paramref name="caller"/> may call this operator.</summary>
    public bool Allows(string caller) => Category != OperatorCategory.Host
        || Places.Any(place => caller == place || caller.StartsWith($"{place}.", StringComparison.Ordinal));

    /// <summary>Parses a line.</summary>
    /// <exception cref="FormatException">The line is malformed.</exception>
    public static ReviewedOperator Parse(string line)
    {
        var match = Line().Match(line);
        if (!match.Success)
            throw new FormatException($"'{line}' is none of 'composite OPERATOR: REASON', 'cpu OPERATOR -> OPERATOR: REASON' and "
                + "'host OPERATOR in TYPE, NAMESPACE: REASON'.");
        var equivalent = match.Groups["equivalent"];
        return new ReviewedOperator(
            OperatorName.Parse(match.Groups["name"].Value),
            Enum.Parse<OperatorCategory>(match.Groups["category"].Value, ignoreCase: true),
            [.. match.Groups["place"].Captures.Select(place => place.Value)],
            equivalent.Success ? OperatorName.Parse(equivalent.Value) : null,
            match.Groups["reason"].Value);
    }

    [GeneratedRegex(@"^(?:(?<category>composite) +(?<name>[\w.:]*\w)|(?<category>cpu) +(?<name>[\w.:]*\w) -> (?<equivalent>[\w.]*\w)"
        + @"|(?<category>host) +(?<name>[\w.:]*\w) in (?<place>[\w.]+)(?:, (?<place>[\w.]+))*): (?<reason>\S.*)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}

/// <summary>Reasons for which an operator needs no Metal kernel of its own.</summary>
internal enum OperatorCategory
{
    /// <summary>The same code on all devices, which calls other operators; these are recorded themselves.</summary>
    Composite,

    /// <summary>A kernel of the CPU. On a Mac, libtorch calls another operator instead.</summary>
    Cpu,

    /// <summary>Called on tensors in main memory only, on a Mac too.</summary>
    Host,
}
