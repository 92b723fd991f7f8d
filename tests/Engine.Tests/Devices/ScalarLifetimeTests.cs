using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>
/// Tests the copy of TorchSharp that the build makes (build/TorchSharp.targets); with the package's own copy most runs fail.
/// </summary>
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void Scalar_operand_survives_garbage_collection_during_the_operation()
    {
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        using var scope = NewDisposeScope();
        var ones = torch.ones(64);
        try
        {
            for (var round = 0; round < 50_000; round++)
            {
                using var inner = NewDisposeScope();
                // The addition multiplies its second operand by an implicit scalar, 1.
                Assert.Equal(3.5, ((ones + ones) * 1.5 + 0.5).max().item<float>());
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
