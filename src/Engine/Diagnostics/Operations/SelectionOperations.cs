using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Operations that select, move and convert values. Their results must be exact.</summary>
internal static class SelectionOperations
{
    private const long Vocabulary = 262_208; // of Gemma 3

    /// <summary>All operations of this kind.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        // Expands 8-bit floats.
        new("index-select-int32", inputs => [inputs.Normal(256), TestInputs.Indices(100_000, 256, ScalarType.Int32)],
            (_, inputs) => inputs[0].index_select(0, inputs[1]), ByHand)
        {
            IsExact = true,
        },
        new("embedding", inputs => [inputs.Normal(Vocabulary, 16), TestInputs.Indices(1024, Vocabulary, ScalarType.Int64)],
            (_, inputs) => inputs[0].index_select(0, inputs[1]), ByHand)
        {
            IsExact = true,
        },
        new("argmax-262208", inputs => [WithPeaks(inputs.Normal(3, Vocabulary))], (_, inputs) => inputs[0].argmax(-1),
            _ => tensor(new long[] { Vocabulary - 1, Vocabulary / 2, 0 }))
        {
            IsExact = true,
            InFloat32 = true,
        },
        new("cast-bfloat16", inputs => [inputs.Normal(300_001)],
            (_, inputs) => inputs[0].to(ScalarType.BFloat16).to(ScalarType.Float32), RoundByHand)
        {
            IsExact = true,
            InFloat32 = true,
        },

        // The noise of a clip is drawn on the CPU and must arrive unchanged.
        new("noise-transfer", inputs => [inputs.Normal(1, 6144, 128)], (_, inputs) => inputs[0].clone(), inputs => inputs[0])
        {
            IsExact = true,
            InFloat32 = true,
        },
    ];

    /// <summary>Selects rows in managed code.</summary>
    private static Tensor ByHand(Tensor[] inputs)
    {
        using var scope = TensorScope.OpenOnHost();
        var values = inputs[0].to(ScalarType.Float32).flatten().data<float>().ToArray();
        var indices = inputs[1].to(ScalarType.Int64).data<long>().ToArray();
        var columns = inputs[0].shape.Length == 1 ? 1 : (int)inputs[0].shape[1];
        var selected = new float[indices.Length * columns];
        for (var row = 0; row < indices.Length; row++)
            Array.Copy(values, indices[row] * columns, selected, (long)row * columns, columns);
        long[] shape = inputs[0].shape.Length == 1 ? [indices.Length] : [indices.Length, columns];
        return tensor(selected).view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds to the nearest bfloat16, to even in the middle, in managed code.</summary>
    private static Tensor RoundByHand(Tensor[] inputs)
    {
        var values = inputs[0].data<float>().ToArray();
        for (var index = 0; index < values.Length; index++)
        {
            var bits = BitConverter.SingleToUInt32Bits(values[index]);
            values[index] = BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
        }

        return tensor(values);
    }

    /// <summary>Raises the last value of the first row, the middle one of the second and the first of the third above all others.</summary>
    private static Tensor WithPeaks(Tensor logits)
    {
        using var scope = TensorScope.OpenOnHost();
        logits[0, Vocabulary - 1] = tensor(100f);
        logits[1, Vocabulary / 2] = tensor(100f);
        logits[2, 0] = tensor(100f);
        return logits;
    }
}
