using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>Audits of the engine's RMS norm, whose conversion of dtypes has no Metal kernel of its own.</summary>
public sealed class OperatorAuditTests
{
    private const string Conversion = "to.dtype";

    [SkippableFact]
    public void Unknown_operator_is_reported_with_its_caller_and_case()
    {
        using var audit = AuditOfNorm();
        Assert.Contains(
            $"{Conversion}, called by Kernels.RootMeanSquareNorm in some/case strict-metal, has neither a Metal kernel in libtorch "
                + "2.10.0 nor a line in reviewed-operators.txt: use another operator, or find out what it does on a Mac and add a line.",
            audit.Errors());
    }

    [SkippableFact]
    public void Reviewed_operator_is_not_reported()
    {
        using var audit = AuditOfNorm($"composite {Conversion}: a copy");
        Assert.DoesNotContain(audit.Errors(), error => error.StartsWith($"{Conversion},", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Operator_with_a_Metal_kernel_is_recorded_and_not_reported()
    {
        using var audit = AuditOfNorm();
        Assert.Contains("rsqrt", audit.Called().Select(name => name.ToString()));
        Assert.DoesNotContain(audit.Errors(), error => error.StartsWith("rsqrt,", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("Kernels.RootMeanSquareNorm", true)]
    [InlineData("Kernels", true)]
    [InlineData("Sampling, Kernels", true)]
    [InlineData("Kernels.Root", false)]
    [InlineData("Sampling.NoiseGenerator", false)]
    public void Host_only_operator_is_reported_outside_its_places(string places, bool allowed)
    {
        using var audit = AuditOfNorm($"host {Conversion} in {places}: in main memory");
        Assert.Equal(allowed, !audit.Errors().Any(error => error.StartsWith(
            $"{Conversion}, called by Kernels.RootMeanSquareNorm in some/case strict-metal, is listed in reviewed-operators.txt for the "
                + $"host in {places} only: ", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Operators_called_by_tests_are_left_out()
    {
        using var scope = NewDisposeScope();
        using var audit = Audit([], () => ones(3).to(ScalarType.Float64));
        Assert.Empty(audit.Called());
    }

    [SkippableFact]
    public void Reviewed_operator_that_no_case_called_is_stale()
    {
        using var audit = AuditOfNorm(
            $"composite {Conversion}: a copy", "composite vander: unused", "host cholesky_inverse in Sampling: unused",
            "cpu mkldnn_convolution -> _mps_convolution: depends on the processor");
        audit.Complete("some/case", "strict-metal");
        Assert.Equal(
            ["cholesky_inverse is listed in reviewed-operators.txt, but no case calls it: remove its line.",
                "vander is listed in reviewed-operators.txt, but no case calls it: remove its line."],
            audit.Stale([("some/case", "strict-metal")]));
    }

    [SkippableFact]
    public void Nothing_is_stale_until_every_case_has_run()
    {
        using var audit = AuditOfNorm("composite vander: unused");
        audit.Complete("some/case", "strict-metal");
        Assert.Empty(audit.Stale([("some/case", "strict-metal"), ("some/case", "bf16")]));
    }

    private static OperatorAudit AuditOfNorm(params string[] reviewed)
    {
        using var scope = NewDisposeScope();
        var input = ones([2, 3], ScalarType.BFloat16);
        return Audit(reviewed, () => RootMeanSquareNorm.Apply(input, 1e-6, weight: null));
    }

    private static OperatorAudit Audit(string[] reviewed, Action action)
    {
        Skip.IfNot(OperatorRecorder.IsSupported, "Operators can be recorded only on Linux on x64 processors.");
        var audit = new OperatorAudit(new OperatorRules(MetalKernels.Read(), reviewed));
        using (audit.Record("some/case", "strict-metal"))
            action();
        return audit;
    }
}
