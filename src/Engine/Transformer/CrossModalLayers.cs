using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// A block's cross-modal attention in both directions; both directions read the state before either result is added
/// (docs/reference/transformer.md, facts 2 and 9 to 11). Keys: <c>audio_to_video_attn, video_to_audio_attn, scale_shift_table_a2v_ca_video,
/// scale_shift_table_a2v_ca_audio</c>.
/// </summary>
public sealed class CrossModalLayers : nn.Module
{
    // Rows of both tables: scale comes before shift here, unlike in the other tables.
    private const int AudioToVideoRows = 0;
    private const int VideoToAudioRows = 2;
    private const int GateRow = 4;
    private const int TableRows = 5;

    private readonly double _epsilon;
    private readonly TensorKernels _kernels;
    private readonly Attention audio_to_video_attn;
    private readonly Attention video_to_audio_attn;
    private readonly Tensor scale_shift_table_a2v_ca_video;
    private readonly Tensor scale_shift_table_a2v_ca_audio;

    /// <summary>Reads the weights from <paramref name="scope"/>, the scope of the block.</summary>
    public CrossModalLayers(WeightScope scope, TransformerConfig config, StreamConfig audio)
        : base(nameof(CrossModalLayers))
    {
        (_epsilon, _kernels) = (config.NormEpsilon, scope.Compute.Kernels);
        var toVideo = new AttentionSize(
            config.Video.InnerDim, audio.InnerDim, audio.Heads, audio.HeadDim, config.NormEpsilon, config.GatedAttention);
        audio_to_video_attn = new Attention(scope.Sub("audio_to_video_attn"), toVideo);
        video_to_audio_attn = new Attention(
            scope.Sub("video_to_audio_attn"), toVideo with { QueryDim = audio.InnerDim, ContextDim = config.Video.InnerDim });
        scale_shift_table_a2v_ca_video = scope.Weight("scale_shift_table_a2v_ca_video", TableRows, config.Video.InnerDim);
        scale_shift_table_a2v_ca_audio = scope.Weight("scale_shift_table_a2v_ca_audio", TableRows, audio.InnerDim);
        RegisterComponents();
    }

    /// <summary>Modulation rows that these layers require per modality.</summary>
    public const int ModulationRows = 4;

    /// <summary>Returns both streams after the cross-modal attention; a disabled stream stays unchanged.</summary>
    public StreamTokens Forward(Tensor video, Tensor audio, StreamInputs videoInputs, StreamInputs audioInputs, SkippedSamples? skipToVideo,
        SkippedSamples? skipToAudio)
    {
        using var scope = TensorScope.Open();
        var (nextVideo, nextAudio) = (video.alias(), audio.alias());
        var videoNormed = _kernels.RmsNorm(video, _epsilon);
        var audioNormed = _kernels.RmsNorm(audio, _epsilon);
        if (videoInputs.Enabled && skipToVideo is not { All: true })
        {
            var taken = audio_to_video_attn.Forward(
                Modulate(videoNormed, videoInputs, scale_shift_table_a2v_ca_video, AudioToVideoRows),
                Modulate(audioNormed, audioInputs, scale_shift_table_a2v_ca_audio, AudioToVideoRows),
                null,
                videoInputs.Rotation.Cross,
                audioInputs.Rotation.Cross);
            nextVideo = Add(video, taken, videoInputs, scale_shift_table_a2v_ca_video, skipToVideo);
        }

        if (audioInputs.Enabled && skipToAudio is not { All: true })
        {
            var taken = video_to_audio_attn.Forward(
                Modulate(audioNormed, audioInputs, scale_shift_table_a2v_ca_audio, VideoToAudioRows),
                Modulate(videoNormed, videoInputs, scale_shift_table_a2v_ca_video, VideoToAudioRows),
                null,
                audioInputs.Rotation.Cross,
                videoInputs.Rotation.Cross);
            nextAudio = Add(audio, taken, audioInputs, scale_shift_table_a2v_ca_audio, skipToAudio);
        }

        return new StreamTokens(nextVideo, nextAudio).MoveToOuterDisposeScope();
    }

    private static Tensor Add(Tensor x, Tensor taken, StreamInputs inputs, Tensor table, SkippedSamples? skipped)
    {
        var gated = taken.mul_(inputs.Cross!.Gate.Row(0, table.select(0, GateRow)));
        return skipped is null ? gated.add_(x) : gated.mul_(skipped.KeepMask(x.dtype, x.device)).add_(x);
    }

    private static Tensor Modulate(Tensor normed, StreamInputs inputs, Tensor table, int rows)
    {
        var modulation = inputs.Cross!.Modulation;
        return (normed * (modulation.Row(rows, table.select(0, rows)) + 1)).add_(modulation.Row(rows + 1, table.select(0, rows + 1)));
    }
}
