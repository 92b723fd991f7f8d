using MlxVideo.Engine.Tests.Operators;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// Runs every case that an <see cref="IGoldenSuite"/> discovers below the golden root, then checks the operators that the cases called.
/// </summary>
[TestCaseOrderer($"MlxVideo.Engine.Tests.Golden.{nameof(FactsLast)}", "MlxVideo.Engine.Tests")]
public sealed class GoldenTests(GoldenTable table, OperatorAudit operators) : IClassFixture<GoldenTable>, IClassFixture<OperatorAudit>
{
    private static readonly IReadOnlyDictionary<string, GoldenCase> AllCases = typeof(GoldenTests).Assembly.GetTypes()
        .Where(type => typeof(IGoldenSuite).IsAssignableFrom(type) && type.IsClass)
        .SelectMany(type => ((IGoldenSuite)Activator.CreateInstance(type)!).Discover(GoldenRoot.Folder))
        .ToDictionary(golden => golden.Path);

    internal static IReadOnlyCollection<string> Paths { get; } = AllCases.Keys.ToList();

    /// <summary>Paths of all cases, with the modes in which each one runs.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in AllCases.Keys.Order(StringComparer.Ordinal))
        {
            foreach (var mode in GoldenMode.All.Where(mode => mode.Runs(path)))
                cases.Add(path, mode.Name);
        }

        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Result_matches_the_reference(string path, string mode)
    {
        var golden = AllCases[path];
        if (golden.Check is null)
        {
            table.Add(path, mode, $"skipped: {golden.SkipReason}", null);
            Skip.If(true, golden.SkipReason);
        }

        var onDisk = GoldenRoot.Path(path);
        var goldenMode = GoldenMode.All.Single(one => one.Name == mode);
        using var run = new GoldenRun(Directory.Exists(onDisk) ? onDisk : Path.GetDirectoryName(onDisk)!, path, goldenMode);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var watch = run.Watch();
        using var recording = goldenMode.IsAudited && OperatorRecorder.IsSupported ? operators.Record(path, mode) : null;
        try
        {
            golden.Check!(run);
        }
        catch (Exception ex)
        {
            table.Add(path, mode, $"fail: {ex.Message}", run);
            throw;
        }

        if (recording is not null)
            operators.Complete(path, mode);
        table.Add(path, mode, run.Failures.Count == 0 ? "pass" : $"fail: {run.Failures[0]}", run);
        Assert.True(run.Compared > 0, "The case made no comparisons.");
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures));
    }

    [SkippableFact]
    public void Operators_of_all_cases_have_Metal_kernels_or_are_reviewed()
    {
        Skip.IfNot(OperatorRecorder.IsSupported, "Operators can be recorded only on Linux on x64 processors.");
        Skip.If(operators.Count == 0, "No golden case ran with Metal-safe kernels.");
        AssertNone(operators.Errors());
        if (GoldenRoot.IsComplete)
            AssertNone(operators.Stale(from golden in AllCases.Values
                                       where golden.Check is not null
                                       from mode in GoldenMode.All
                                       where mode.IsAudited && mode.Runs(golden.Path)
                                       select (golden.Path, mode.Name)));

        static void AssertNone(IReadOnlyList<string> errors) => Assert.True(errors.Count == 0, string.Join('\n', errors));
    }
}
