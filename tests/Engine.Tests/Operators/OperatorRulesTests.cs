namespace MlxVideo.Engine.Tests.Operators;

public sealed class OperatorRulesTests
{
    private static readonly MetalKernels Kernels = new(["_mps_convolution", "add_Tensor"]);

    [Fact]
    public void Checked_in_lists_are_valid() => OperatorRules.Read();

    [Theory]
    [InlineData("matmul: reshapes")]
    [InlineData("composite matmul")]
    [InlineData("composite matmul:")]
    [InlineData("composite: reshapes")]
    [InlineData("composite matmul in Layers: reshapes")]
    [InlineData("composite mat mul: reshapes")]
    [InlineData("native matmul: reshapes")]
    [InlineData("cpu mkldnn_convolution: a kernel")]
    [InlineData("cpu mkldnn_convolution ->: a kernel")]
    [InlineData("host randn.generator: noise")]
    [InlineData("host randn.generator in: noise")]
    [InlineData("host randn.generator in Sampling Text: noise")]
    [InlineData(" composite matmul: reshapes")]
    public void Malformed_line_is_refused_with_its_number(string line)
    {
        var ex = Assert.Throws<FormatException>(() => new OperatorRules(Kernels, ["# comment", "", line]));
        Assert.Equal($"Line 3 of reviewed-operators.txt: '{line}' is none of 'composite OPERATOR: REASON', 'cpu OPERATOR -> OPERATOR: "
            + "REASON' and 'host OPERATOR in TYPE, NAMESPACE: REASON'.", ex.Message);
    }

    [Theory]
    [InlineData("composite add.Tensor: adds", "add.Tensor needs no review, since it has a Metal kernel.")]
    [InlineData("cpu thnn_conv2d -> slow_conv2d: a kernel", "slow_conv2d, the equivalent of thnn_conv2d, has no Metal kernel.")]
    [InlineData("host matmul in Layers: again", "matmul is already listed above.")]
    public void Contradictory_line_is_refused(string line, string error)
    {
        var ex = Assert.Throws<FormatException>(() => new OperatorRules(Kernels, ["composite matmul: reshapes", line]));
        Assert.Equal($"Line 2 of reviewed-operators.txt: {error}", ex.Message);
    }

    [Fact]
    public void All_parts_of_a_line_are_read()
    {
        Assert.Equal(("_mps_convolution", "a kernel: of oneDNN"), Parsed(
            "cpu mkldnn_convolution -> _mps_convolution: a kernel: of oneDNN",
            review => (review.MetalEquivalent.ToString(), review.Reason)));
        Assert.Equal((new OperatorName("randn", "generator"), OperatorCategory.Host, "Sampling.NoiseGenerator|Text"), Parsed(
            "host  randn.generator in Sampling.NoiseGenerator, Text: noise",
            review => (review.Name, review.Category, string.Join('|', review.Places))));

        static T Parsed<T>(string line, Func<ReviewedOperator, T> select) => select(ReviewedOperator.Parse(line));
    }
}
