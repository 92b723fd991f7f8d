using System.Xml.Linq;
using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Operators;

public sealed class MetalKernelsTests
{
    private static readonly MetalKernels Kernels = MetalKernels.Read();

    [Theory]
    [InlineData("add.Tensor")] // add_Tensor
    [InlineData("amax")] // amax
    [InlineData("_softmax")] // _softmax
    [InlineData("add.out")] // add_out_out
    [InlineData("view")] // _view
    [InlineData("_local_scalar_dense")] // __local_scalar_dense
    [InlineData("count_nonzero.dim_IntList")] // dim_IntList_count_nonzero
    [InlineData("abs.out")] // out_abs_out
    [InlineData("aten::mm")]
    public void Kernel_is_found_under_either_form_of_its_name(string name) => Assert.True(Kernels.Contains(OperatorName.Parse(name)));

    [Theory]
    [InlineData("matmul")]
    [InlineData("native_group_norm")]
    [InlineData("abs")]
    [InlineData("add")]
    [InlineData("add.Scalar")]
    [InlineData("mkldnn_convolution")]
    public void Operator_without_a_kernel_is_not_found(string name) => Assert.False(Kernels.Contains(OperatorName.Parse(name)));

    [Fact]
    public void List_belongs_to_the_version_of_libtorch_that_Macs_use()
    {
        var packages = XDocument.Load(Path.Combine(GoldenRoot.Checkout(), "Directory.Packages.props"));
        Assert.Equal(MetalKernels.LibtorchVersion, packages.Descendants("LibtorchVersion").Single().Value);
    }
}
