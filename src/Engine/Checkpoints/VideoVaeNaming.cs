using System.Globalization;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Keys of a standalone video VAE: released names without their prefix, or diffusers names, which count a block and the resampler after
/// it as one and call the innermost block the middle block.
/// </summary>
/// <param name="tensors">All tensors of the VAE: the number of blocks determines the position of the encoder's middle block.</param>
internal sealed class VideoVaeNaming(IReadOnlyCollection<TensorEntry> tensors) : KeyNaming
{
    private const string DownBlocks = "encoder.down_blocks.";

    private readonly bool _isDiffusers = tensors.Any(tensor => tensor.Name.Contains(".resnets.", StringComparison.Ordinal));
    private readonly int _downBlocks = tensors
        .Where(tensor => tensor.Name.StartsWith(DownBlocks, StringComparison.Ordinal))
        .Select(tensor => Number(tensor.Name.Split('.')[2]) + 1)
        .DefaultIfEmpty(0)
        .Max();

    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new("vae." + Rename(Statistics(key)));

    private string Rename(string key)
    {
        if (!_isDiffusers)
            return key;
        var parts = key.Split('.');
        string[] renamed = parts switch
        {
            ["encoder", "mid_block", .. var rest] => ["encoder", "down_blocks", Text(2 * _downBlocks), .. rest],
            ["encoder", "down_blocks", var block, "downsamplers", "0", .. var rest] =>
                ["encoder", "down_blocks", Text(2 * Number(block) + 1), .. rest],
            ["encoder", "down_blocks", var block, .. var rest] => ["encoder", "down_blocks", Text(2 * Number(block)), .. rest],
            ["decoder", "mid_block", .. var rest] => ["decoder", "up_blocks", "0", .. rest],
            ["decoder", "up_blocks", var block, "upsamplers", "0", .. var rest] =>
                ["decoder", "up_blocks", Text(2 * Number(block) + 1), .. rest],
            ["decoder", "up_blocks", var block, .. var rest] => ["decoder", "up_blocks", Text(2 * Number(block) + 2), .. rest],
            ["decoder", "time_embedder", .. var rest] => ["decoder", "last_time_embedder", .. rest],
            ["decoder", "scale_shift_table"] => ["decoder", "last_scale_shift_table"],
            _ => parts,
        };
        return string.Join('.', renamed.Select(part => part == "resnets" ? "res_blocks" : part));
    }

    private static int Number(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
