using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>Applies Metal's rules to everything that the engine computes on this thread.</summary>
internal static class StrictMode
{
    /// <summary>Passes each violation to <paramref name="onError"/> until the result is disposed.</summary>
    public static IDisposable Watch(Action<string> onError)
    {
        var tensors = TensorScope.Watch(tensor => Report(MetalRules.Error(tensor)));
        var operations = DeviceOperations.Watch(operation => Report(MetalRules.Error(operation)));
        return new Watches(tensors, operations);

        void Report(string? error)
        {
            if (error is not null)
                onError(error);
        }
    }

    private sealed class Watches(params IDisposable[] all) : IDisposable
    {
        public void Dispose() => Array.ForEach(all, watch => watch.Dispose());
    }
}
