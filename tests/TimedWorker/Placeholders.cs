using MlxVideo.Media.Sound;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.TimedWorker;

/// <summary>
/// Outputs that convey the sizes of the real ones: contexts and latents of one channel, frames of one colour, silence. Outputs of
/// different stages differ, as real ones do: equal files would share one blob, which is removed with the first clip that ends.
/// </summary>
internal static class Placeholders
{
    private const int SoundRate = 24_000;
    private const int SoundChannels = 2;

    /// <summary>Writes all outputs of a stage.</summary>
    /// <param name="settings">Settings that determine the sizes.</param>
    /// <param name="outputs">Paths of the files to write, by artefact name.</param>
    public static void Write(StageAddress address, Stage stage, RenderSettings settings, IReadOnlyDictionary<string, string> outputs)
    {
        switch (stage)
        {
            case EnhancePromptStage enhance:
                File.WriteAllText(outputs[enhance.EnhancedPrompt], $"{enhance.Prompt} ({address})");
                break;
            case EncodePromptStage encode:
                Tensors(outputs[encode.Context], address, Floats("video_context", 1, 1, 1), Floats("audio_context", 1, 1, 1));
                break;
            case EncodeConditioningStage encode:
                foreach (var target in encode.Targets)
                    Tensors(outputs[target.Conditioning], address,
                        encode.Images.Select((_, index) => Latent($"latent.{index}", 1, target.Width, target.Height)).ToArray());
                break;
            case DenoiseStage denoise:
                Tensors(outputs[denoise.Latent], address, Latent("video", denoise.NumFrames, denoise.Width, denoise.Height));
                if (denoise.AudioLatent is { } audio)
                    Tensors(outputs[audio], address,
                        Floats("audio", 1, 1, denoise.AudioTokens, 1));
                break;
            case UpsampleStage upsample:
                Tensors(outputs[upsample.Upsampled], address, Latent("video", upsample.NumFrames, settings.Width, settings.Height));
                break;
            case DecodeVideoStage decode:
                Frames(outputs[decode.Frames], address, decode, settings);
                break;
            case DecodeAudioStage decode:
                var samples = new float[(int)(settings.NumFrames / settings.Fps * SoundRate) * SoundChannels];
                samples[0] = address.Row / (float)(1 << 24); // inaudible, and different for every clip
                WaveFile.WriteFloat(outputs[decode.Audio], new Waveform(SoundRate, SoundChannels, samples));
                break;
        }
    }

    private static void Frames(string path, StageAddress address, DecodeVideoStage stage, RenderSettings settings)
    {
        var own = stage.Tile.FrameStop - stage.Tile.FrameStart - stage.HeadFrames - stage.TailFrames;
        var pixels = new byte[own * settings.Height * settings.Width * 3];
        Array.Fill(pixels, (byte)address.Row);
        var tensors =
            new List<TensorToWrite> { TensorToWrite.Of<byte>("frames", TensorDtype.U8, [own, settings.Height, settings.Width, 3], pixels) };
        if (stage.HeadFrames > 0)
            tensors.Add(Floats("head", stage.HeadFrames, settings.Height, settings.Width, 3));
        if (stage.TailFrames > 0)
            tensors.Add(Floats("tail", stage.TailFrames, settings.Height, settings.Width, 3));
        Tensors(path, address, [.. tensors]);
    }

    private static TensorToWrite Latent(string name, int numFrames, int width, int height)
    {
        var size = LatentSize.ForPixels(numFrames, width, height);
        return Floats(name, 1, 1, size.Frames, size.Height, size.Width);
    }

    private static TensorToWrite Floats(string name, params long[] shape) =>
        TensorToWrite.Of<float>(name, TensorDtype.F32, shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);

    private static void Tensors(string path, StageAddress address, params TensorToWrite[] tensors) =>
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["of"] = address.ToString() });
}
