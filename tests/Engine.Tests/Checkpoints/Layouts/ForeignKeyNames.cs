using System.Text.RegularExpressions;

namespace MlxVideo.Engine.Tests.Checkpoints.Layouts;

/// <summary>
/// Maps released names to those of other layouts: diffusers' conversion (ordered text replacements) and mlx-video's. Written
/// independently of the engine, which maps in the opposite direction.
/// </summary>
internal static class ForeignKeyNames
{
    private static readonly (string Released, string Diffusers)[] Transformer =
    [
        ("audio_patchify_proj", "audio_proj_in"), ("patchify_proj", "proj_in"),
        ("av_ca_video_scale_shift_adaln_single", "av_cross_attn_video_scale_shift"),
        ("av_ca_a2v_gate_adaln_single", "av_cross_attn_video_a2v_gate"),
        ("av_ca_audio_scale_shift_adaln_single", "av_cross_attn_audio_scale_shift"),
        ("av_ca_v2a_gate_adaln_single", "av_cross_attn_audio_v2a_gate"),
        ("scale_shift_table_a2v_ca_video", "video_a2v_cross_attn_scale_shift_table"),
        ("scale_shift_table_a2v_ca_audio", "audio_a2v_cross_attn_scale_shift_table"),
        ("q_norm", "norm_q"), ("k_norm", "norm_k"), ("prompt_adaln_single", "prompt_adaln"),
        ("audio_adaln_single.", "audio_time_embed."), ("adaln_single.", "time_embed."),
    ];

    private static readonly (string Released, string Diffusers)[] Connectors =
    [
        ("model.diffusion_model.", ""), ("video_embeddings_connector", "video_connector"),
        ("audio_embeddings_connector", "audio_connector"),
        ("transformer_1d_blocks", "transformer_blocks"), ("text_embedding_projection.aggregate_embed", "text_proj_in"),
        ("text_embedding_projection.audio_aggregate_embed", "audio_text_proj_in"),
        ("text_embedding_projection.video_aggregate_embed", "video_text_proj_in"),
        ("q_norm", "norm_q"), ("k_norm", "norm_k"),
    ];

    private static readonly (string Released, string Diffusers)[] Vocoder =
    [
        (".ups.", ".upsamplers."), ("resblocks", "resnets"), ("conv_pre", "conv_in"), ("conv_post", "conv_out"), ("act_post", "act_out"),
        ("downsample.lowpass", "downsample"),
    ];

    /// <summary>Returns a key's name in the diffusers file of its component.</summary>
    /// <param name="component">transformer, connectors, vae, audio_vae or vocoder.</param>
    /// <param name="downBlocks">Number of blocks and resamplers in the released video encoder.</param>
    public static string Diffusers(string component, string released, int downBlocks) => component switch
    {
        "transformer" => Replace(released["model.diffusion_model.".Length..], Transformer),
        "connectors" => Replace(released, Connectors),
        "vae" => VideoVae(released["vae.".Length..], downBlocks),
        "audio_vae" => Statistics(released["audio_vae.".Length..], "latents_mean", "latents_std"),
        _ => Replace("." + released["vocoder.".Length..], Vocoder)[1..],
    };

    /// <summary>Returns a key's name in mlx-video's unified file.</summary>
    public static string MlxUnified(string component, string released) => component switch
    {
        "transformer" => "transformer." + released["model.diffusion_model.".Length..]
            .Replace(".to_out.0.", ".to_out.", StringComparison.Ordinal)
            .Replace("ff.net.0.proj.", "ff.proj_in.", StringComparison.Ordinal)
            .Replace("ff.net.2.", "ff.proj_out.", StringComparison.Ordinal)
            .Replace(".linear_1.", ".linear1.", StringComparison.Ordinal)
            .Replace(".linear_2.", ".linear2.", StringComparison.Ordinal),
        "connectors" => released.Replace("model.diffusion_model.", "connector.", StringComparison.Ordinal),
        "vae" => "vae_"
            + Statistics(released["vae.".Length..], "decoder.per_channel_statistics.mean", "decoder.per_channel_statistics.std"),
        "audio_vae" =>
            "audio_vae." + Statistics(
                released["audio_vae.".Length..], "per_channel_statistics._mean_of_means", "per_channel_statistics._std_of_means"),
        _ => released,
    };

    /// <summary>Returns the axis order in MLX: channels last; output channels first in a transposed convolution.</summary>
    public static int[] MlxAxes(string released, int rank) =>
        rank < 3 || !released.EndsWith(".weight", StringComparison.Ordinal) ? Enumerable.Range(0, rank).ToArray()
        : released.Contains(".ups.", StringComparison.Ordinal) ? [1, 2, 0]
        : [0, .. Enumerable.Range(2, rank - 2), 1];

    private static string VideoVae(string key, int downBlocks)
    {
        key = Regex.Replace(key, @"^encoder\.down_blocks\.(\d+)", match => Number(match) is var block && block == downBlocks - 1
            ? "encoder.mid_block"
            : $"encoder.down_blocks.{block / 2}{(block % 2 == 1 ? ".downsamplers.0" : "")}");
        key = Regex.Replace(key, @"^decoder\.up_blocks\.(\d+)", match => Number(match) is var block && block == 0
            ? "decoder.mid_block"
            : $"decoder.up_blocks.{(block - 1) / 2}{(block % 2 == 1 ? ".upsamplers.0" : "")}");
        return Statistics(key, "latents_mean", "latents_std").Replace("last_time_embedder", "time_embedder", StringComparison.Ordinal)
            .Replace("last_scale_shift_table", "scale_shift_table", StringComparison.Ordinal)
            .Replace("res_blocks", "resnets", StringComparison.Ordinal);
    }

    private static int Number(Match match) => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    private static string Statistics(string key, string mean, string std) => key switch
    {
        "per_channel_statistics.mean-of-means" => mean,
        "per_channel_statistics.std-of-means" => std,
        _ => key,
    };

    private static string Replace(string key, (string Released, string Diffusers)[] renames) =>
        renames.Aggregate(key, (current, rename) => current.Replace(rename.Released, rename.Diffusers, StringComparison.Ordinal));
}
