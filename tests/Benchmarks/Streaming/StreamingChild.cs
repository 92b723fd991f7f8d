using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Streaming;

/// <summary>Measurements of a child process.</summary>
/// <param name="PeakBytes">Peak resident memory while decoding and encoding.</param>
/// <param name="AboveStartBytes">The same, above the memory at the start.</param>
/// <param name="TemporaryBytes">Largest size of the temporary folder, observed after each tile.</param>
public sealed record StreamingResult(double Seconds, long PeakBytes, long AboveStartBytes, long TemporaryBytes);

/// <summary>Decodes and encodes one clip in this process: the last stages of its plan, from a random latent.</summary>
public static class StreamingChild
{
    /// <summary>The first argument of a child process.</summary>
    public const string Verb = "streaming-child";

    private const int Side = 512;

    /// <summary>Entry point of the child: measures and writes the result to standard output.</summary>
    /// <param name="arguments">The model's folder and the number of frames.</param>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var model = ModelFolder.Open(arguments[0]);
        var folder = Directory.CreateTempSubdirectory("mlx-video-benchmark-").FullName;
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        try
        {
            var plan = Plan(model, int.Parse(arguments[1], CultureInfo.InvariantCulture), Path.Combine(folder, "latent"));
            Console.WriteLine(JsonSerializer.Serialize(Measure(model, plan, folder)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static StreamingResult Measure(ModelFolder model, StagePlan plan, string folder)
    {
        using var runner = new StageRunner(model, threads: ChildProcess.LibtorchThreads);
        runner.Prepare(ModelComponent.VideoDecoder);
        ProcessMemory.ResetPeak();
        var (start, temporary, watch) = (ProcessMemory.Now().Peak, 0L, Stopwatch.StartNew());
        new LocalRenderer(runner).Render(
            plan, _ => Path.Combine(folder, "latent"), new RenderOutputs(Path.Combine(folder, "clip.mp4")) { Stream = true },
            _ => temporary = Math.Max(temporary, BytesIn(folder)), CancellationToken.None);
        var peak = ProcessMemory.Now().Peak;
        return new StreamingResult(watch.Elapsed.TotalSeconds, peak, peak - start, temporary);
    }

    /// <summary>Returns the stages of a clip from the decoding onwards, with a random latent as their input.</summary>
    private static StagePlan Plan(ModelFolder model, int numFrames, string latentFile)
    {
        var settings = new RenderSettings
        {
            Prompt = "x",
            Width = Side,
            Height = Side,
            NumFrames = numFrames,
            Audio = false,
            Tiling = TilingMode.Aggressive,
        };
        var full = StagePlanner.Plan(settings);
        var decodes = full.Stages.OfType<DecodeVideoStage>().ToList();
        var size = LatentSize.ForPixels(numFrames, Side, Side);
        using (var checkpoint = SafetensorsFile.Open(model.CheckpointFile))
        {
            var channels = checkpoint.Entry("vae.per_channel_statistics.mean-of-means").Shape[0];
            using var latent = randn([1, channels, size.Frames, size.Height, size.Width], generator: new Generator(1));
            SafetensorsWriter.Write(latentFile, [SafetensorsTensors.ToWrite("video", latent)]);
        }

        return full with
        {
            Stages = [.. decodes, full.Stages[^1]],
            ExternalInputs = new Dictionary<string, BlobRef> { [decodes[0].Latents[0].Latent] = BlobRef.OfFile(latentFile) },
        };
    }

    private static long BytesIn(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (FileNotFoundException)
        {
            return 0; // a tile was deleted meanwhile
        }
    }
}
