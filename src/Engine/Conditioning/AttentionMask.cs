using System.Buffers.Binary;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Videos;
using MlxVideo.Shared.Renders;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Reduces greyscale frames to attention weights per latent position (docs/reference/pipelines.md, fact 18).</summary>
public static class AttentionMask
{
    /// <summary>
    /// Averages each frame over the cells of the latent; the first frame weighs the first latent frame, and the others, in equal groups,
    /// the rest. A single frame weighs all latent frames.
    /// </summary>
    /// <param name="frames">16-bit big-endian greyscale frames.</param>
    /// <param name="size">Size of the latent.</param>
    /// <returns>(1, tokens) in 0 … 1, float32 on the CPU.</returns>
    /// <exception cref="UnreadableMediaException">The frames can't be divided among the latent frames.</exception>
    public static Tensor ToLatent(IEnumerable<NetpbmFrame> frames, LatentSize size)
    {
        using var scope = TensorScope.OpenOnHost();
        var cells = new List<Tensor>();
        foreach (var frame in frames)
        {
            using var frameScope = TensorScope.OpenOnHost();
            var samples = new float[frame.Width * frame.Height];
            for (var index = 0; index < samples.Length; index++)
                samples[index] = BinaryPrimitives.ReadUInt16BigEndian(frame.Samples.AsSpan(2 * index)) / (float)ushort.MaxValue;
            var pixels = tensor(samples).view(1, 1, frame.Height, frame.Width);
            cells.Add(F.adaptive_avg_pool2d(pixels, [size.Height, size.Width]).view(1, -1).MoveToOuterDisposeScope());
        }

        if (cells.Count == 0)
            throw new UnreadableMediaException("The reference mask has no frames.");
        if (cells.Count == 1)
            return cells[0].repeat(1, size.Frames).MoveToOuterDisposeScope();
        var (rest, groups) = (cells.Count - 1, size.Frames - 1);
        if (groups == 0 || rest % groups != 0)
            throw new UnreadableMediaException(
                $"The reference mask has {cells.Count} frames, which can't be divided among {size.Frames} latent frames.");
        var length = rest / groups;
        var means = Enumerable.Range(0, groups)
            .Select(group => cat(cells.GetRange(1 + (group * length), length), 0).mean([0], keepdim: true));
        return cat([cells[0], .. means], 1).MoveToOuterDisposeScope();
    }
}
