using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Runs every case that any <see cref="IGoldenSuite"/> finds below the golden root.</summary>
public sealed class GoldenTests(GoldenTable table) : IClassFixture<GoldenTable>
{
    private static readonly IReadOnlyDictionary<string, ComputeOptions> Modes = new Dictionary<string, ComputeOptions>
    {
        ["plain"] = ComputeOptions.CpuFloat32,
        ["metal-safe"] = ComputeOptions.CpuFloat32 with { Kernels = new MetalSafeKernels() },
    };

    private static readonly IReadOnlyDictionary<string, GoldenCase> AllCases = typeof(GoldenTests).Assembly.GetTypes()
        .Where(type => typeof(IGoldenSuite).IsAssignableFrom(type) && type.IsClass)
        .SelectMany(type => ((IGoldenSuite)Activator.CreateInstance(type)!).Discover(GoldenRoot.Folder))
        .ToDictionary(golden => golden.Path);

    /// <summary>Case paths and kernel sets.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in AllCases.Keys.Order(StringComparer.Ordinal))
        {
            foreach (var mode in Modes.Keys)
                cases.Add(path, mode);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference(string path, string kernels)
    {
        var golden = AllCases[path];
        if (golden.Check is null)
        {
            table.Add(path, kernels, $"skipped: {golden.SkipReason}", null);
            return;
        }

        var onDisk = GoldenRoot.Path(path);
        using var run = new GoldenRun(Directory.Exists(onDisk) ? onDisk : Path.GetDirectoryName(onDisk)!, Modes[kernels]);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        try
        {
            golden.Check(run);
        }
        catch (Exception fault)
        {
            table.Add(path, kernels, $"fail: {fault.Message}", run);
            throw;
        }

        table.Add(path, kernels, run.Failures.Count == 0 ? "pass" : $"fail: {run.Failures[0]}", run);
        Assert.True(run.Compared > 0, "The case compared nothing.");
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures));
    }
}
