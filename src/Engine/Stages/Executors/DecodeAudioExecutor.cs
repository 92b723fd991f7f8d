using MlxVideo.Engine.Models;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Decodes an audio latent to a spectrogram, then to a waveform; two progress units.</summary>
public sealed class DecodeAudioExecutor(ModelCache models) : StageExecutor<DecodeAudioStage>
{
    private const int Steps = 2;

    /// <inheritdoc/>
    protected override void Run(DecodeAudioStage stage, StageFiles files)
    {
        var spectrogram = models.AudioDecoder.forward(files.Read(stage.Latents, DenoiseExecutor.AudioLatent));
        files.Step(1, Steps);
        var vocoder = models.Vocoder;
        var waveform = vocoder.forward(spectrogram).squeeze(0).cpu().to(ScalarType.Float32);
        StageFiles.RequireFinite("waveform", waveform);
        var samples = waveform.t().contiguous().data<float>().ToArray();
        WaveFile.WriteFloat(files.Outputs[stage.Audio], new Waveform(vocoder.SampleRate, (int)waveform.shape[0], samples));
        files.Step(Steps, Steps);
    }
}
