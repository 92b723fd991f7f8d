using MlxVideo.Engine.Diagnostics;

namespace MlxVideo.Engine.Tests.Diagnostics;

public sealed class SelfTestFaultTests
{
    [Theory]
    [InlineData("rms-norm", "Wrong")]
    [InlineData("rms-norm:wrong", "Wrong")]
    [InlineData("embedding:nan", "Nan")]
    [InlineData("conv3d:crash", "Crash")]
    [InlineData("conv3d:hang", "Hang")]
    public void Fault_is_an_operation_with_an_optional_kind(string text, string kind)
    {
        var fault = SelfTestFault.Parse(text)!;
        Assert.Equal((text.Split(':')[0], kind), (fault.Operation, fault.Kind.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_text_is_no_fault(string? text) => Assert.Null(SelfTestFault.Parse(text));

    [Theory]
    [InlineData("rms", "no operation 'rms'", "rms-norm")]
    [InlineData("rms-norm:slow", "'slow'", "wrong, nan, crash, hang")]
    [InlineData("rms-norm:", "''", "wrong, nan, crash, hang")]
    public void Unknown_fault_is_refused_with_the_possible_values(string text, params string[] words)
    {
        var ex = Assert.Throws<SelfTestFaultException>(() => SelfTestFault.Parse(text));
        Assert.All(words.Append(SelfTestFault.Variable), word => Assert.Contains(word, ex.Message));
    }
}
