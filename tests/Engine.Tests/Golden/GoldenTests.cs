using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Runs every case that an <see cref="IGoldenSuite"/> discovers below the golden root.</summary>
public sealed class GoldenTests(GoldenTable table) : IClassFixture<GoldenTable>
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
        using var run = new GoldenRun(
            Directory.Exists(onDisk) ? onDisk : Path.GetDirectoryName(onDisk)!, path, GoldenMode.All.Single(one => one.Name == mode));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var watch = run.Watch();
        try
        {
            golden.Check!(run);
        }
        catch (Exception ex)
        {
            table.Add(path, mode, $"fail: {ex.Message}", run);
            throw;
        }

        table.Add(path, mode, run.Failures.Count == 0 ? "pass" : $"fail: {run.Failures[0]}", run);
        Assert.True(run.Compared > 0, "The case made no comparisons.");
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures));
    }
}
