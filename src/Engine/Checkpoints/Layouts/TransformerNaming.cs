using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints.Layouts;

/// <summary>
/// The transformer alone: released names without their prefix, diffusers' names, or those of MLX, which does not number
/// the layers of a sequence. mlx-video leaves a copy of the connectors in its file, beside those in a file of their own.
/// </summary>
/// <param name="tensors">All of the file or set of shards.</param>
internal sealed class TransformerNaming(IReadOnlyCollection<TensorEntry> tensors) : KeyNaming
{
    private const string Prefix = "model.diffusion_model.";

    private static readonly Dictionary<string, string> Top = new(StringComparer.Ordinal)
    {
        ["proj_in"] = "patchify_proj",
        ["audio_proj_in"] = "audio_patchify_proj",
        ["time_embed"] = "adaln_single",
        ["audio_time_embed"] = "audio_adaln_single",
        ["prompt_adaln"] = "prompt_adaln_single",
        ["audio_prompt_adaln"] = "audio_prompt_adaln_single",
        ["av_cross_attn_video_scale_shift"] = "av_ca_video_scale_shift_adaln_single",
        ["av_cross_attn_video_a2v_gate"] = "av_ca_a2v_gate_adaln_single",
        ["av_cross_attn_audio_scale_shift"] = "av_ca_audio_scale_shift_adaln_single",
        ["av_cross_attn_audio_v2a_gate"] = "av_ca_v2a_gate_adaln_single",
    };

    private static readonly Dictionary<string, string> Anywhere = new(StringComparer.Ordinal)
    {
        ["norm_q"] = "q_norm",
        ["norm_k"] = "k_norm",
        ["video_a2v_cross_attn_scale_shift_table"] = "scale_shift_table_a2v_ca_video",
        ["audio_a2v_cross_attn_scale_shift_table"] = "scale_shift_table_a2v_ca_audio",
        ["linear1"] = "linear_1",
        ["linear2"] = "linear_2",
    };

    /// <inheritdoc/>
    public override bool IsOfMlx { get; } = tensors.Any(tensor => tensor.Name.Contains(".ff.proj_in.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override ReleasedTensor? Place(string key, int rank) =>
        IsOfMlx && CheckpointPart.Connectors.Owns(Prefix + key) ? null : new ReleasedTensor(Prefix + Rename(key));

    private static string Rename(string key)
    {
        var parts = key.Split('.');
        var renamed = parts.Select((part, index) => index switch
        {
            0 => Top.GetValueOrDefault(part, part),
            _ when part == "to_out" && parts.ElementAtOrDefault(index + 1) != "0" => "to_out.0",
            _ when parts[index - 1] is "ff" or "audio_ff" => FeedForward(part),
            _ => Anywhere.GetValueOrDefault(part, part),
        });
        return string.Join('.', renamed);
    }

    private static string FeedForward(string part) => part switch
    {
        "proj_in" => "net.0.proj",
        "proj_out" => "net.2",
        _ => part,
    };
}
