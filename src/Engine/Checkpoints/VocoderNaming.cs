namespace MlxVideo.Engine.Checkpoints;

/// <summary>Keys of a standalone vocoder: released names without their prefix, or diffusers names.</summary>
internal sealed class VocoderNaming : KeyNaming
{
    private static readonly Dictionary<string, string> Renames = new(StringComparer.Ordinal)
    {
        ["upsamplers"] = "ups",
        ["resnets"] = "resblocks",
        ["conv_in"] = "conv_pre",
        ["conv_out"] = "conv_post",
        ["act_out"] = "act_post",
    };

    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new("vocoder." + Rename(key));

    private static string Rename(string key)
    {
        var parts = key.Split('.');
        return string.Join('.', parts.Select((part, index) =>
            part == "downsample" && parts.ElementAtOrDefault(index + 1) == "filter"
                ? "downsample.lowpass"
                : Renames.GetValueOrDefault(part, part)));
    }
}
