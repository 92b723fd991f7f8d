using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Finds what a broken download leaves in a file that was given its full size beforehand: zeros. A weight of a linear layer,
/// a convolution or an embedding is never all zeros once it was trained. Biases, the shifts of norms, tables of scales and
/// shifts, statistics and an adapter's second factor may be: only keys that end in <c>.weight</c> of two or more dimensions are
/// looked at, and of adapters none. That is how PyTorch names the parameters of these layers in the released files
/// (docs/reference/transformer.md, section 9, lists them); the tiny model draws them at random.
/// </summary>
internal static class WeightDamage
{
    private const string WeightSuffix = ".weight";
    private const int ChunkElements = 1 << 24;

    /// <summary>
    /// Throws when a weight that was read is all zeros. Costs nothing otherwise: the first byte that is not zero ends the search.
    /// </summary>
    /// <param name="stored">Where it was read from.</param>
    /// <param name="key">Its key.</param>
    /// <param name="values">Its values on the CPU, or what they are made of: packed bytes and their scales.</param>
    /// <exception cref="DamagedWeightsException">It is all zeros.</exception>
    public static void RequireNone(StoredWeight stored, string key, params ReadOnlySpan<Tensor> values)
    {
        if (stored.Shape.Count >= 2 && key.EndsWith(WeightSuffix, StringComparison.Ordinal) && AreZero(values))
        {
            throw new DamagedWeightsException(
                $"{stored.File.Path} is damaged: every value of the weight '{stored.Entry.Name}' is zero, as after a download that broke "
                    + "off. Download the file again.");
        }
    }

    private static bool AreZero(ReadOnlySpan<Tensor> values)
    {
        foreach (var tensor in values)
        {
            if (!IsZero(tensor))
                return false;
        }

        return true;
    }

    private static bool IsZero(Tensor values)
    {
        using var flat = values.view(-1);
        var count = flat.numel();
        for (long start = 0; start < count; start += ChunkElements)
        {
            using var part = flat.narrow(0, start, Math.Min(ChunkElements, count - start));
            if (part.bytes.ContainsAnyExcept((byte)0))
                return false;
        }

        return count > 0;
    }
}
