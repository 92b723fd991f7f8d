using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Every pipeline, by <c>generate</c> and by a farm of two workers from a row of a CSV: the same video and audio.</summary>
public sealed class PipelinesTests : IDisposable
{
    private const string Header =
        "output,prompt,pipeline,width,height,num_frames,seed,steps,image,video,lora,distilled_lora,source,start,end,extend,audio_file,"
            + "part_frames,overlap_frames,enhance_prompt,max_tokens";

    private static readonly IReadOnlyList<PipelineCase> Cases =
    [
        new("distilled.mp4", "distilled,64,64,9,1,,first.png:0:0.9,,style.safetensors:0.5,,,,,,",
            "--pipeline distilled --width 64 --height 64 --num-frames 9 --seed 1 --image first.png 0 0.9 --lora style.safetensors 0.5",
            (64, 64, 9)),
        new("one-stage.mp4", "one-stage,96,64,9,2,2,,source.mkv,,,,,,,",
            "--pipeline dev --width 96 --height 64 --num-frames 9 --seed 2 --steps 2 --video source.mkv", (96, 64, 9)),
        new("two-stage.mp4", "two-stage,64,64,9,3,2,,,,distilled.safetensors,,,,,",
            "--pipeline two-stage --width 64 --height 64 --num-frames 9 --seed 3 --steps 2 --distilled-lora distilled.safetensors",
            (64, 64, 9)),
        new("hq.mp4", "two-stage-hq,64,64,9,4,2,,,,distilled.safetensors:0.5,,,,,",
            "--pipeline two-stage-hq --width 64 --height 64 --num-frames 9 --seed 4 --steps 2 --distilled-lora distilled.safetensors 0.5",
            (64, 64, 9)),
        new("keyframes.mp4", "keyframes,64,64,9,5,2,first.png|first.png:8,,,distilled.safetensors,,,,,",
            "--pipeline keyframes --width 64 --height 64 --num-frames 9 --seed 5 --steps 2 --image first.png --image first.png 8 1 "
                + "--distilled-lora distilled.safetensors",
            (64, 64, 9)),
        new("ic-lora.mp4", "ic-lora,128,128,9,6,,,source.mkv,reference.safetensors,,,,,,",
            "--pipeline ic_lora --width 128 --height 128 --num-frames 9 --seed 6 --reference-video source.mkv --lora reference.safetensors",
            (128, 128, 9)),
        new("a2v.mp4", "audio-to-video,64,64,9,7,2,,,,distilled.safetensors,,,,,sound.wav",
            "--pipeline audio-to-video --width 64 --height 64 --num-frames 9 --seed 7 --steps 2 --audio-file sound.wav "
                + "--distilled-lora distilled.safetensors",
            (64, 64, 9)),
        new("retake.mp4", "retake,,,,8,,,,,,source.mkv,0.1,0.4,,",
            "--pipeline retake --seed 8 --source source.mkv --start 0.1 --end 0.4", (70, 66, 17)),
        new("extend.mp4", "extend,,,25,9,,,,,,source.mkv,,,backwards,",
            "--pipeline extend --num-frames 25 --seed 9 --source source.mkv --extend backwards", (70, 66, 25)),
        new("upscale.mp4", "upscale,,,,0,,,,,,source.mkv,,,,", "--pipeline upscale --seed 0 --source source.mkv", (140, 132, 17)),
        new("enhanced.mp4", "distilled,64,64,9,13,,,,,,,,,,,,,true,6",
            "--pipeline distilled --width 64 --height 64 --num-frames 9 --seed 13 --enhance-prompt --max-tokens 6", (64, 64, 9)),
        new("audio.wav", "text-to-audio,,,33,12,,,,,,,,,,", "--pipeline text-to-audio --num-frames 33 --seed 12", Size: null),
        new("parts.mp4", "distilled,64,64,41,10,,first.png|first.png:30,,,,,,,,,25,9",
            "--width 64 --height 64 --num-frames 41 --part-frames 25 --overlap-frames 9 --seed 10 --image first.png --image first.png 30 1",
            (64, 64, 41)),
        new("guided-parts.mp4", "two-stage,64,64,65,11,2,,,,distilled.safetensors,,,,,,33,17",
            "--pipeline two-stage --width 64 --height 64 --num-frames 65 --part-frames 33 --overlap-frames 17 --seed 11 --steps 2 "
                + "--distilled-lora distilled.safetensors",
            (64, 64, 65)),
    ];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Farm_renders_the_clip_of_generate_for_every_pipeline()
    {
        TinyModel.Write(_folder["model"]);
        await WriteInputsAsync();
        var csv = _folder.Write(
            "batch.csv", string.Join('\n', Cases.Select(one => Row($"{one.Output},a red fox,{one.Cells}")).Prepend(Header)));
        await using var farm = await FarmUnderTest.StartAsync(_folder["model"], workers: 2);
        (await CliProcess.RunAsync("farm", "submit", csv, "--api", farm.Api.ToString(), "--wait", "--output", _folder["farm"]))
            .AssertDone();
        foreach (var one in Cases)
        {
            var own = _folder[$"own-{one.Output}"];
            var arguments = one.Arguments.Split(' ').Select(word => File.Exists(_folder[word]) ? _folder[word] : word);
            (await CliProcess.RunAsync(["generate", "--prompt", "a red fox", "--model", _folder["model"], "--output", own, .. arguments]))
                .AssertDone();
            if (one.Size is { } size)
            {
                var (width, height, frames, _) = await ClipFile.ProbeAsync(own);
                Assert.Equal((one.Output, size), (one.Output, (width, height, frames)));
            }

            Assert.Equal(await ClipFile.StreamHashesAsync(own), await ClipFile.StreamHashesAsync(_folder[$"farm/{one.Output}"]));
            var (manifest, ofFarm) = (await ManifestAsync(own), await ManifestAsync(_folder[$"farm/{one.Output}"]));
            Assert.Equal(manifest.EnhancedPrompt, ofFarm.EnhancedPrompt);
            Assert.Equal(one.Output == "enhanced.mp4", ofFarm.EnhancedPrompt is not null);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static Task<ClipManifest> ManifestAsync(string clip) =>
        ManifestFile.ReadAsync(FfmpegTools.Find(), clip, CancellationToken.None);

    /// <summary>Returns a row with an empty cell for each further column.</summary>
    private static string Row(string cells)
    {
        return cells + new string(',', Commas(Header) - Commas(cells));

        static int Commas(string text) => text.Count(letter => letter == ',');
    }

    private async Task WriteInputsAsync()
    {
        await ClipFile.RunAsync("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=70x66", "-frames:v", "1", _folder["first.png"]);
        await ClipFile.RunAsync("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-ac", "2", _folder["sound.wav"]);
        await ClipFile.RunAsync(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=70x66:r=24", "-f", "lavfi", "-i", "sine=d=1", "-frames:v", "20",
            "-c:v", "ffv1", "-c:a", "pcm_s16le", "-shortest", _folder["source.mkv"]);
        WriteAdapter("style.safetensors", "attn1.to_q");
        WriteAdapter("distilled.safetensors", "attn1.to_out.0");
        WriteAdapter("reference.safetensors", "attn1.to_v", new Dictionary<string, string> { ["reference_downscale_factor"] = "2" });
    }

    /// <summary>Writes an adapter of one layer in each block of the model.</summary>
    private void WriteAdapter(string name, string layer, IReadOnlyDictionary<string, string>? metadata = null)
    {
        const string prefix = "model.";
        var tensors = new List<TensorToWrite>();
        foreach (var path in Directory.EnumerateFiles(_folder["model"], "*.safetensors"))
        {
            using var checkpoint = SafetensorsFile.Open(path);
            foreach (var (key, entry) in checkpoint.Header.Tensors)
            {
                if (!key.Contains("transformer_blocks", StringComparison.Ordinal)
                    || !key.EndsWith($".{layer}.weight", StringComparison.Ordinal))
                    continue;
                var to = key[prefix.Length..^".weight".Length];
                tensors.Add(Factor($"{to}.lora_A.weight", 2, entry.Shape[1]));
                tensors.Add(Factor($"{to}.lora_B.weight", entry.Shape[0], 2));
            }
        }

        Assert.NotEmpty(tensors);
        SafetensorsWriter.Write(_folder[name], tensors, metadata);
    }

    private static TensorToWrite Factor(string name, long rows, long columns)
    {
        var values = Enumerable.Range(0, (int)(rows * columns)).Select(index => 0.3f * MathF.Sin(index)).ToArray();
        return TensorToWrite.Of<float>(name, TensorDtype.F32, [rows, columns], values);
    }

    /// <param name="Cells">The row's cells after output and prompt.</param>
    /// <param name="Arguments">The same for <c>generate</c>.</param>
    /// <param name="Size">Of the video; null for audio alone.</param>
    private sealed record PipelineCase(string Output, string Cells, string Arguments, (int Width, int Height, int Frames)? Size);
}
