using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Operators;

public sealed class OperatorRecorderTests
{
    [SkippableFact]
    public void Operator_and_those_that_it_calls_are_recorded()
    {
        var recorded = Record(() =>
        {
            using var scope = NewDisposeScope();
            _ = ones(2, 3).matmul(ones(3, 4));
        });
        Assert.Contains(OperatorName.Parse("matmul"), recorded);
        Assert.Contains(OperatorName.Parse("mm"), recorded);
        Assert.DoesNotContain(OperatorName.Parse("bmm"), recorded);
    }

    [SkippableFact]
    public void Overloads_are_told_apart()
    {
        using var scope = NewDisposeScope();
        var matrix = ones(2, 3);
        var recorded = Record(() => matrix.sum(1).Dispose());
        Assert.Contains(OperatorName.Parse("sum.dim_IntList"), recorded);
        Assert.DoesNotContain(OperatorName.Parse("sum"), recorded);
    }

    [SkippableFact]
    public void Every_recording_sees_operators_that_were_called_before()
    {
        using var scope = NewDisposeScope();
        var vector = ones(3);
        var recordings = Enumerable.Range(0, 2).Select(_ => Record(() => vector.sinh().Dispose())).ToList();
        Assert.All(recordings, recorded => Assert.Contains(OperatorName.Parse("sinh"), recorded));
    }

    [SkippableFact]
    public void Other_threads_are_recorded()
    {
        using var scope = NewDisposeScope();
        var vector = ones(3);
        var recorded = Record(() =>
        {
            var thread = new Thread(() => vector.cosh().Dispose());
            thread.Start();
            thread.Join();
        });
        Assert.Contains(OperatorName.Parse("cosh"), recorded);
    }

    [SkippableFact]
    public void Nothing_is_recorded_after_disposal()
    {
        using var scope = NewDisposeScope();
        var vector = ones(3);
        var recorded = Record(() => { });
        vector.sinh().Dispose();
        Assert.Empty(recorded);
    }

    private static List<OperatorName> Record(Action action)
    {
        Skip.IfNot(OperatorRecorder.IsSupported, "Operators can be recorded only on Linux on x64 processors.");
        var recorded = new List<OperatorName>();
        using (new OperatorRecorder(name =>
        {
            lock (recorded)
                recorded.Add(name);
        }))
            action();
        return recorded;
    }
}
