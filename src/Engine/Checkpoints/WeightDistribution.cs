using System.IO.Enumeration;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Distribution of random weights, chosen by key suffix and shape.</summary>
/// <param name="Rules">Special cases; the first rule with a pattern that matches the key applies.</param>
public sealed record WeightDistribution(IReadOnlyList<WeightRule> Rules)
{
    private const double BiasDeviation = 0.02;
    private const double NormDeviation = 0.1;

    /// <summary>The distribution without special cases.</summary>
    public static WeightDistribution Plain { get; } = new([]);

    /// <summary>Draws the values of one weight, row-major.</summary>
    public float[] Draw(string key, IReadOnlyList<long> shape, KeyedRandom random)
    {
        if (key.EndsWith("blur_down.kernel", StringComparison.Ordinal))
            return BinomialKernel(shape);
        var rule = Rules.FirstOrDefault(entry => FileSystemName.MatchesSimpleExpression(entry.KeyPattern, key, ignoreCase: false))
            ?? WeightRule.None;
        var (mean, deviation) = MeanAndDeviation(key, shape);
        var values = new float[shape.Aggregate(1L, (product, size) => checked(product * size))];
        var row = shape.Count == 0 ? 1 : (int)(values.Length / Math.Max(1, shape[0]));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i / row % rule.EqualRows == 0
                ? (float)((mean + deviation * random.NextNormal()) * rule.Gain)
                : values[i - row];
        }

        return values;
    }

    private static (double Mean, double Deviation) MeanAndDeviation(string key, IReadOnlyList<long> shape)
    {
        if (key.EndsWith("bias", StringComparison.Ordinal) || key.EndsWith("mean-of-means", StringComparison.Ordinal))
            return (0, BiasDeviation);
        if (key.EndsWith("scale_shift_table", StringComparison.Ordinal) || key.EndsWith("learnable_registers", StringComparison.Ordinal))
            return (0, 1);
        if (key.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
            return (0, 1 / Math.Sqrt(shape[^1])); // Gemma multiplies its embeddings by the square root of their width
        if (shape.Count == 1)
            return IsGemmaNorm(key) ? (0, NormDeviation) : (1, NormDeviation);

        var inputs = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        return (0, 1 / Math.Sqrt(inputs));
    }

    /// <summary>Returns a constant that checkpoints carry, not a weight: the outer product of 1 4 6 4 1, normalised to sum 1.</summary>
    private static float[] BinomialKernel(IReadOnlyList<long> shape)
    {
        float[] row = [1, 4, 6, 4, 1];
        if (!shape.TakeLast(2).SequenceEqual([row.Length, row.Length]))
            throw new CheckpointException($"A blur kernel of shape [{string.Join(", ", shape)}] is not supported; it must end in 5 x 5.");
        return row.SelectMany(_ => row, (y, x) => y * x / 256).ToArray();
    }

    /// <summary>Gemma's norms multiply by 1 + weight.</summary>
    private static bool IsGemmaNorm(string key) => key.StartsWith("language_model.", StringComparison.Ordinal);
}

/// <summary>A special case of <see cref="WeightDistribution"/>.</summary>
/// <param name="KeyPattern">Pattern of the keys; <c>*</c> matches any characters.</param>
/// <param name="Gain">Factor on the values.</param>
/// <param name="EqualRows">
/// Number of successive equal rows (outputs). Before a shuffle of channels into space and time, equal rows make nearest neighbours
/// equal instead of independent noise.
/// </param>
public sealed record WeightRule(string KeyPattern, double Gain = 1, int EqualRows = 1)
{
    /// <summary>The rule without effect.</summary>
    public static WeightRule None { get; } = new("*");
}
