using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Shifts and scales in timestep-conditioned decoders (docs/reference/vae.md, section 1): an embedding, shared by all blocks of a
/// stage, plus a separate table at each point of use.
/// </summary>
internal static class TimestepModulation
{
    /// <summary>Returns the rows of an embedding plus a table, each (1, C, 1, 1, 1).</summary>
    /// <param name="embedding">(1, rows · C)</param>
    /// <param name="table">(rows, C)</param>
    public static Tensor[] Rows(Tensor embedding, Tensor table)
    {
        using var scope = TensorScope.Open();
        var (rows, channels) = (table.shape[0], table.shape[1]);
        var sum = embedding.view(rows, channels) + table;
        return Enumerable.Range(0, (int)rows).Select(row => sum[row].view(1, channels, 1, 1, 1).MoveToOuterDisposeScope()).ToArray();
    }

    /// <summary>Returns x (1 + scale) + shift; overwrites <paramref name="x"/>.</summary>
    public static Tensor Apply(Tensor x, Tensor shift, Tensor scale)
    {
        using var factor = scale + 1;
        return x.mul_(factor).add_(shift);
    }
}
