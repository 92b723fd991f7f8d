using System.IO.Enumeration;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>From which distribution random weights are drawn: by the end of the key and by the shape.</summary>
/// <param name="Rules">What is special about some weights; the first whose pattern fits a key.</param>
public sealed record WeightDistribution(IReadOnlyList<WeightRule> Rules)
{
    private const double BiasDeviation = 0.02;
    private const double NormDeviation = 0.1;

    /// <summary>Without rules.</summary>
    public static WeightDistribution Plain { get; } = new([]);

    /// <summary>The values of one weight, row-major.</summary>
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
            return (0, 1 / Math.Sqrt(shape[^1])); // Gemma multiplies its embeddings by the root of their width
        if (shape.Count == 1)
            return IsGemmaNorm(key) ? (0, NormDeviation) : (1, NormDeviation);

        var inputs = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        return (0, 1 / Math.Sqrt(inputs));
    }

    /// <summary>Not a weight but a constant that checkpoints carry: the outer product of 1 4 6 4 1, summing to one.</summary>
    private static float[] BinomialKernel(IReadOnlyList<long> shape)
    {
        float[] row = [1, 4, 6, 4, 1];
        if (!shape.TakeLast(2).SequenceEqual([row.Length, row.Length]))
            throw new CheckpointException($"A blur kernel of shape [{string.Join(", ", shape)}] is not known; it must end in 5 x 5.");
        return row.SelectMany(_ => row, (y, x) => y * x / 256).ToArray();
    }

    /// <summary>Gemma's norms multiply by 1 + weight.</summary>
    private static bool IsGemmaNorm(string key) => key.StartsWith("language_model.", StringComparison.Ordinal);
}

/// <summary>What is special about some weights.</summary>
/// <param name="KeyPattern">Their keys; <c>*</c> stands for any characters.</param>
/// <param name="Gain">A factor on them.</param>
/// <param name="EqualRows">
/// So many successive rows (outputs) are equal. Before a shuffle of channels into space and time this makes nearest
/// neighbours equal instead of independent noise.
/// </param>
public sealed record WeightRule(string KeyPattern, double Gain = 1, int EqualRows = 1)
{
    /// <summary>Nothing special.</summary>
    public static WeightRule None { get; } = new("*");
}
