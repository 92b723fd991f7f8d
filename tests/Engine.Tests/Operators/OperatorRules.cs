using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>Decides whether a call of an operator works on a Mac: by a Metal kernel, or for a reviewed reason.</summary>
internal sealed class OperatorRules
{
    private readonly MetalKernels _kernels;
    private readonly Dictionary<OperatorName, ReviewedOperator> _reviewed = [];

    /// <param name="kernels">The Metal kernels.</param>
    /// <param name="reviewed">Lines of the reviewed list; empty lines and lines that begin with # are ignored.</param>
    /// <exception cref="FormatException">
    /// A line is malformed, repeated or needless, or names an equivalent without a Metal kernel.
    /// </exception>
    public OperatorRules(MetalKernels kernels, IEnumerable<string> reviewed)
    {
        _kernels = kernels;
        foreach (var (index, line) in reviewed.Index().Where(line => line.Item.Length > 0 && line.Item[0] != '#'))
        {
            try
            {
                Add(ReviewedOperator.Parse(line));
            }
            catch (FormatException ex)
            {
                throw new FormatException($"Line {index + 1} of {Path.GetFileName(ListFile)}: {ex.Message}", ex);
            }
        }
    }

    public static string ListFile { get; } =
        Path.Combine(GoldenRoot.Checkout(), "tests", "Engine.Tests", "Operators", "reviewed-operators.txt");

    public static OperatorRules Read() => new(MetalKernels.Read(), File.ReadLines(ListFile));

    /// <summary>Returns whether the verdict on this operator is the same for all callers.</summary>
    public bool IsIndependentOfCaller(OperatorName name) =>
        _kernels.Contains(name) || !_reviewed.TryGetValue(name, out var review) || review.Category != OperatorCategory.Host;

    /// <summary>Returns whether a call by this type of the engine works on a Mac.</summary>
    public bool Allows(OperatorName name, string caller) =>
        _kernels.Contains(name) || (_reviewed.TryGetValue(name, out var review) && review.Allows(caller));

    /// <summary>Names the reason for which the operator works on a Mac, or its absence, in a few words.</summary>
    public string Verdict(OperatorName name) =>
        _kernels.Contains(name) ? "metal"
            : _reviewed.TryGetValue(name, out var review) ? review.Category.ToString().ToLowerInvariant() : "unknown";

    /// <summary>Returns why a call may fail on a Mac and the remedy, in one sentence; null when it works.</summary>
    public string? Error(OperatorCall call)
    {
        if (Allows(call.Name, call.Caller))
            return null;
        if (!_reviewed.TryGetValue(call.Name, out var review))
            return $"{call} has neither a Metal kernel in libtorch {MetalKernels.LibtorchVersion} nor a line in "
                + $"{Path.GetFileName(ListFile)}: use another operator, or find out what it does on a Mac and add a line.";
        return $"{call} is listed in {Path.GetFileName(ListFile)} for the host in {string.Join(", ", review.Places)} only: use another "
            + "operator, or add the type if all its tensors are in main memory on a Mac too.";
    }

    /// <summary>
    /// Returns one sentence per reviewed operator that is missing from the given ones. Kernels of the CPU are exempt, since their use
    /// depends on the processor.
    /// </summary>
    public IEnumerable<string> Stale(IReadOnlySet<OperatorName> called) => _reviewed.Values
        .Where(review => review.Category != OperatorCategory.Cpu && !called.Contains(review.Name))
        .Select(review => $"{review.Name} is listed in {Path.GetFileName(ListFile)}, but no case calls it: remove its line.");

    private void Add(ReviewedOperator review)
    {
        if (_kernels.Contains(review.Name))
            throw new FormatException($"{review.Name} needs no review, since it has a Metal kernel.");
        if (review.MetalEquivalent is { } equivalent && !_kernels.Contains(equivalent))
            throw new FormatException($"{equivalent}, the equivalent of {review.Name}, has no Metal kernel.");
        if (!_reviewed.TryAdd(review.Name, review))
            throw new FormatException($"{review.Name} is already listed above.");
    }
}
