using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Detects the zeros that an interrupted download leaves in a preallocated file. A trained weight of a linear layer, convolution or
/// embedding is never all zeros. Biases, norm shifts, tables of scales and shifts, statistics and an adapter's second factor may be.
/// Therefore only keys that end in <c>.weight</c> with two or more dimensions are checked, and adapters are not checked at all. PyTorch
/// names the parameters of these layers this way in the released files (docs/reference/transformer.md, section 9, lists them); the tiny
/// model draws them at random.
/// </summary>
internal static class WeightDamage
{
    private const string WeightSuffix = ".weight";
    private const int ChunkElements = 1 << 24;

    /// <summary>
    /// Throws when a weight is all zeros. Intact weights cost next to nothing: the search ends at the first nonzero byte.
    /// </summary>
    /// <param name="stored">The weight's source.</param>
    /// <param name="values">The weight's values on the CPU, or their packed bytes and scales.</param>
    /// <exception cref="DamagedWeightsException">The weight is all zeros.</exception>
    public static void RequireNone(StoredWeight stored, string key, params ReadOnlySpan<Tensor> values)
    {
        if (stored.Shape.Count >= 2 && key.EndsWith(WeightSuffix, StringComparison.Ordinal) && AreZero(values))
        {
            throw new DamagedWeightsException(
                $"{stored.File.Path} is damaged: every value of the weight '{stored.Entry.Name}' is zero, as after an interrupted "
                    + "download. Download the file again.");
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
