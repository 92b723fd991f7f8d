using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Waits for results of devices that compute asynchronously.</summary>
public static class Completion
{
    /// <summary>Waits for a tensor by reading one of its values.</summary>
    public static void Wait(Tensor? tensor)
    {
        if (tensor is null)
            return;
        using var scope = NewDisposeScope();
        tensor.flatten()[0].to(ScalarType.Float32).item<float>();
    }
}
