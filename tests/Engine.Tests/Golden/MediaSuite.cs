using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/media: image preparation, conversion of video and audio output, and latent lengths of both.</summary>
public sealed class MediaSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (!Directory.Exists(Path.Combine(root, "media")))
            yield break;
        yield return new GoldenCase("media", Check);
        yield return new GoldenCase("media/av_lengths.json", Lengths);
    }

    private static void Check(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var index = 0;
        foreach (var row in run.Json("config.json").GetProperty("resize_cases").EnumerateArray())
            Resize(run, io, index++, row.GetProperty("target_hw")[0].GetInt32(), row.GetProperty("target_hw")[1].GetInt32());
        Pictures(run, io);
        Sound(run, io);
    }

    private static void Resize(GoldenRun run, SafetensorsFile io, int index, int height, int width)
    {
        var image = io.ReadTensor($"resize.{index}.in_u8");
        var prepared = ImagePreparation.Prepare(image.data<byte>().ToArray(), (int)image.shape[1], (int)image.shape[0], width, height);
        run.Close(io, $"resize.{index}.center_crop_normalized", prepared, 2e-6);
        run.Close(io, $"resize.{index}.center_crop", (prepared + 1) * 127.5, 2e-4);
    }

    private static void Pictures(GoldenRun run, SafetensorsFile io)
    {
        var frames = io.ReadTensor("out.decoder_raw_fchw").permute(0, 2, 3, 1);
        var bytes = FramePixels.ToBytes(frames);
        run.Close(io, "out.rgb24_u8_fhwc", bytes, 0);

        // The reference converts before rounding to 8 bits, the engine after, because tiles are sent as bytes: one level of difference.
        var (count, height, width) = ((int)bytes.shape[0], (int)bytes.shape[1], (int)bytes.shape[2]);
        var yuv = new byte[Bt709.FrameLength(width, height) * count];
        for (var frame = 0; frame < count; frame++)
            Bt709.Convert(
                bytes[frame].contiguous().data<byte>().ToArray(), width, height, yuv.AsSpan(frame * Bt709.FrameLength(width, height)));
        run.Close("out.yuv420p_bt709_limited_u8_i420", tensor(yuv), io.ReadTensor("out.yuv420p_bt709_limited_u8_i420").flatten(), 1);
    }

    private static void Sound(GoldenRun run, SafetensorsFile io)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("sound.wav");
        WaveFile.WritePcm16(file, new Waveform(24_000, 2, io.ReadTensor("audio.float").t().contiguous().data<float>().ToArray()));
        var written = File.ReadAllBytes(file)[44..].Chunk(2).Select(sample => (int)BitConverter.ToInt16(sample)).ToArray();
        run.Close("audio.int16_as_int32", tensor(written).view(-1, 2).t(), io.ReadTensor("audio.int16_as_int32"), 0);
    }

    private static void Lengths(GoldenRun run)
    {
        foreach (var row in run.Json("av_lengths.json").GetProperty("rows").EnumerateArray())
        {
            var (frames, fps) = (row.GetProperty("num_frames").GetInt32(), row.GetProperty("fps").GetDouble());
            run.Exact($"video latents of {frames} at {fps}", LatentSize.ForPixels(frames, 64, 64).Frames,
                row.GetProperty("video_latent_frames").GetInt32());
            run.Exact($"audio latents of {frames} at {fps}", AudioLatentSize.FramesForVideo(frames, fps),
                row.GetProperty("audio_latent_frames").GetInt32());
        }
    }
}
