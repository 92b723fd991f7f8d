using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Replays the reference's draws, starting with <c>noise.0</c>, in place of a generator.</summary>
internal sealed class StoredNoise(SafetensorsFile file) : INoiseSource
{
    private int _next;

    public Tensor Draw(long tokens, long channels)
    {
        var noise = file.ReadTensor($"noise.{_next++}");
        return noise.shape.SequenceEqual([1, tokens, channels])
            ? noise
            : throw new InvalidOperationException(
                $"noise.{_next - 1} has shape [{string.Join(", ", noise.shape)}], but (1, {tokens}, {channels}) was requested.");
    }

    public void Skip(NoiseDraw draw, long channels) => Draw(draw.Tokens, channels).Dispose();

    public void Dispose()
    {
    }
}
