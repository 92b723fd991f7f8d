using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Tests.Diagnostics;

/// <summary>First use and later uses of a device; a script takes the place of the self-test's process.</summary>
public sealed class DeviceVerdictsTests : IDisposable
{
    private static readonly ComputeOptions Compute = new ComputeSettings("cpu", "bfloat16", "metal-safe").Resolve();

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notices = [];

    [Fact]
    public async Task Device_is_tested_on_its_first_use_only()
    {
        Script();
        Assert.Null((await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem);
        Assert.Null((await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem);

        Assert.Equal(1, Tests);
        Assert.Equal(["Testing cpu bfloat16 metal-safe before its first use."], _notices);
    }

    [Fact]
    public async Task Failed_verdict_is_remembered_with_its_reason()
    {
        Script(failing: "rms-norm");
        var first = (await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem;
        var second = (await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem;

        Assert.Equal("The device 'cpu' computes 'rms-norm' incorrectly with bfloat16 and metal-safe kernels.", first);
        Assert.Equal(first, second);
        Assert.Equal(1, Tests);
    }

    [Fact]
    public async Task Requested_test_replaces_the_remembered_verdict()
    {
        Script(failing: "rms-norm");
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        Script();
        Assert.True((await Verdicts().TestAsync(new ComputeSettings("cpu", "bfloat16", "metal-safe"), CancellationToken.None)).Passed);

        Assert.Null((await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem);
        Assert.Equal(2, Tests);
    }

    [Fact]
    public async Task Other_settings_are_tested_on_their_own()
    {
        Script();
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        await Verdicts().FindAsync(Compute with { Kernels = new PlainKernels() }, _notices.Add, CancellationToken.None);
        Assert.Equal(2, Tests);
    }

    [Fact]
    public async Task Damaged_verdict_leads_to_another_test()
    {
        Script();
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        File.WriteAllText(Assert.Single(Directory.GetFiles(Cache)), "{");
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        Assert.Equal(2, Tests);
    }

    [Fact]
    public async Task Reference_settings_are_used_without_a_test()
    {
        Script(failing: "rms-norm");
        Assert.Null((await Verdicts().FindAsync(ComputeOptions.CpuFloat32, _notices.Add, CancellationToken.None))?.Problem);
        Assert.Equal(0, Tests);
    }

    [Fact]
    public async Task Injected_fault_neither_uses_nor_leaves_a_verdict()
    {
        Script();
        await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None);
        Script(failing: "rms-norm");
        var fault = new SelfTestFault("rms-norm", SelfTestFaultKind.Wrong);
        Assert.NotNull((await Verdicts(fault).FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem);
        Assert.Null((await Verdicts().FindAsync(Compute, _notices.Add, CancellationToken.None))?.Problem);
        Assert.Equal(2, Tests);
    }

    public void Dispose() => _folder.Dispose();

    private string Cache => Path.Combine(_folder.Path, "cache");

    private string Output => Path.Combine(_folder.Path, "output");

    private int Tests => File.Exists($"{Output}.runs") ? File.ReadAllLines($"{Output}.runs").Length : 0;

    private DeviceVerdicts Verdicts(SelfTestFault? fault = null) => new(
        new SelfTestProcess("/bin/sh", ["-c", "echo run >> \"$0.runs\"; cat \"$0\"", Output], TimeProvider.System),
        new VerdictCache(Cache), fault);

    /// <summary>Prepares the output of the next tests.</summary>
    private void Script(string? failing = null) => File.WriteAllLines(
        Output,
        SelfTest.Operations.Select(operation => new SelfTestLine(Result: new OperationResult(
                operation, 0, 0.02, 0.1, operation == failing ? $"computes '{operation}' incorrectly" : null)))
            .Prepend(new SelfTestLine(TestedSettings.Of(Compute), TorchSharp.torch.__version__)).Select(line => line.Write()));
}
