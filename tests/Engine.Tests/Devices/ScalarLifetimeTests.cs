using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>
/// The copy of TorchSharp that the build makes (build/TorchSharp.targets); with the package's own most runs of this fail.
/// </summary>
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void The_number_of_an_operation_lives_as_long_as_the_operation_whatever_is_collected_meanwhile()
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
                // The sum multiplies its second term by a number that nobody sees: 1.
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
