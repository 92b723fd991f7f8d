using MlxVideo.Cli.Doctor;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Cli.Tests.Doctor;

/// <summary>Single checks, in conditions that a test machine does not have.</summary>
public sealed class DoctorChecksTests : IDisposable
{
    private static readonly SelfTestReport Passed =
        new(TestedSettings.Reference, "2.10.0", [new OperationResult("rms-norm", 0, 1e-4, 0.1, null)], null);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Recommended_working_set_is_shown_where_there_is_one()
    {
        var machine = new MachineDescription("macOS 15.5", "24F74", "Apple M2", 64L << 30);
        Assert.Equal("64.0 GiB", MachineChecks.Memory(machine, null).Finding);
        Assert.Equal("64.0 GiB, 48.0 GiB of it recommended for Metal", MachineChecks.Memory(machine, 48L << 30).Finding);
    }

    [Fact]
    public void Disk_of_a_folder_that_does_not_exist_yet_is_that_of_its_parent()
    {
        var check = DiskCheck.Of("data disk", _folder["a/b/c"], "--data");
        Assert.EndsWith($" free for {_folder["a/b/c"]}", check.Finding, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["a"]));
    }

    [Fact]
    public void Component_larger_than_the_memory_is_a_failure()
    {
        TinyModel.Write(_folder["model"]);
        var checks = ModelChecks.Of(_folder["model"], Passed, memoryBytes: 1000).ToList();
        Assert.Equal([CheckOutcome.Passed, CheckOutcome.Failed], checks.Select(check => check.Outcome));
        Assert.Matches("^the [a-z ]+ needs 0.0 GiB of 0.0 GiB$", checks[1].Finding);
        Assert.NotNull(checks[1].Remedy);
    }

    [Fact]
    public void Faulty_reference_settings_have_no_fallback()
    {
        var failed = Passed with { Operations = [new OperationResult("rms-norm", 1, 1e-4, 0.1, "computes 'rms-norm' incorrectly")] };
        var reference = DeviceChecks.Of(new ComputeSettings(), failed).Last();
        Assert.StartsWith("Do not render on this machine", reference.Remedy, StringComparison.Ordinal);

        var metal = failed with { Settings = new TestedSettings("mps", "bfloat16", "metal-safe") };
        Assert.StartsWith(
            "Render with --device cpu", DeviceChecks.Of(new ComputeSettings(), metal).Last().Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Library_that_does_not_load_fails_the_device()
    {
        var check = Assert.Single(DeviceChecks.Of(
            new ComputeSettings(), new SelfTestReport(null, null, [], "libtorch can't be used (libomp.dylib is missing).")));
        Assert.Equal(("device", CheckOutcome.Failed), (check.Check, check.Outcome));
        Assert.Equal("libtorch can't be used (libomp.dylib is missing)", check.Finding);
        Assert.Contains("./mlx-video build", check.Remedy);
    }

    public void Dispose() => _folder.Dispose();
}
