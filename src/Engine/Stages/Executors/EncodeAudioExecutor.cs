using MlxVideo.Engine.AudioFeatures;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Reads a file's audio and encodes it to a normalised latent.</summary>
public sealed class EncodeAudioExecutor(ModelCache models) : StageExecutor<EncodeAudioStage>
{
    private const int Steps = 2;

    /// <inheritdoc/>
    protected override void Run(EncodeAudioStage stage, StageFiles files)
    {
        try
        {
            var sound = SoundReader.Read(FfmpegTools.Find(), files.Inputs[stage.File], stage.Start, stage.Seconds, files.Cancellation);
            if (stage.Audio is not null)
                WaveFile.WriteFloat(files.Outputs[stage.Audio], sound);
            files.Step(1, Steps);
            if (stage.Latent is not null)
                files.Write(stage.Latent, (DenoiseExecutor.AudioLatent, Latent(stage, sound)));
            files.Step(Steps, Steps);
        }
        catch (UnreadableMediaException ex)
        {
            throw new StageException(FailureKind.Input, ex.Message, ex);
        }
    }

    private Tensor Latent(EncodeAudioStage stage, Waveform sound)
    {
        if (!models.Configs.HasAudio)
            throw new StageException(FailureKind.Input, "This model has no audio: use a model with audio, or omit it.");
        using var scope = TensorScope.Open();
        var samples = tensor(sound.Samples).view(1, -1, sound.Channels).transpose(1, 2).contiguous();
        var latent = models.AudioEncoder.forward(LogMelSpectrogram.Of(samples, sound.SampleRate)).cpu();
        var missing = stage.LatentFrames - latent.shape[2];
        if (missing > 0 && !stage.MayBeShorter)
        {
            throw new StageException(
                FailureKind.Input,
                $"The audio lasts {Readable.Number(sound.Samples.Length / (double)(sound.SampleRate * sound.Channels))} s from its start "
                    + "on, which is less than the clip: use longer audio, an earlier start or fewer frames.");
        }

        if (missing > 0)
            latent = cat([latent, zeros(1, latent.shape[1], missing, latent.shape[3])], 2);
        return latent.narrow(2, 0, stage.LatentFrames).contiguous().MoveToOuterDisposeScope();
    }
}
