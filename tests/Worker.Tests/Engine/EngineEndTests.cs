using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine.Processes;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineEndTests
{
    [Theory]
    [InlineData(
        137, true, "", FailureKind.OutOfMemory,
        "The engine process ended with signal 9 (SIGKILL), perhaps because the machine ran out of memory.")]
    [InlineData(137, false, "", FailureKind.Machine, "The engine process ended with signal 9 (SIGKILL).")]
    [InlineData(139, true, "", FailureKind.Machine, "The engine process ended with signal 11 (SIGSEGV).")]
    [InlineData(1, false, "", FailureKind.Machine, "The engine process ended with exit code 1.")]
    [InlineData(
        134, false, "MPSNDArray: assertion failed", FailureKind.Machine,
        "The engine process ended with signal 6 (SIGABRT); last lines of its output: MPSNDArray: assertion failed")]
    [InlineData(
        134, false, "what():  std::bad_alloc", FailureKind.OutOfMemory,
        "The engine process ended with signal 6 (SIGABRT), perhaps because the machine ran out of memory; last lines of its output: "
        + "what():  std::bad_alloc")]
    public void End_is_described_and_classified(int exitCode, bool isShortOfMemory, string output, FailureKind kind, string message)
    {
        var failure = new EngineEnd(exitCode, isShortOfMemory, output).ToFailure();
        Assert.Equal((kind, message), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task Output_is_logged_and_its_last_lines_are_kept_within_bounds()
    {
        var log = new List<string>();
        var output = new EngineOutput(log.Add);
        await output.CopyAsync(new StringReader("one\n\ntwo\r\nthree"));
        Assert.Equal(["one", "", "two", "three"], log);
        Assert.Equal("one | two | three", output.Summary);

        var lines = Enumerable.Range(1, 1000).Select(number => $"line {number} {new string('x', 5000)}");
        await output.CopyAsync(new StringReader(string.Join('\n', lines)));
        Assert.Equal(1004, log.Count);
        Assert.All(log, line => Assert.True(line.Length <= 1000));
        Assert.StartsWith("line 971 xxx", output.Summary, StringComparison.Ordinal);
        Assert.True(output.Summary.Length < 2000);
    }
}
