using System.Diagnostics;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>
/// Every option of mlx-video's generate, by each of its names: its default, its effect, or why it is refused. Only <c>--verbose</c> is an
/// option of all commands (<see cref="CommandLineTests"/>).
/// </summary>
public sealed class PredecessorOptionsTests
{
    /// <summary>The names of mlx-video's options.</summary>
    private const string Names = """
        --prompt -p --pipeline --negative-prompt --height -H --width -W --num-frames -n --steps --num-inference-steps --cfg-scale
        --cfg-guidance-scale --guidance-scale --seed -s --fps --frame-rate --output-path --output -o --lora --lora-path --image -i
        --condition-image --image-strength --image-frame-idx --audio -a --skip-audio --profile --profile-json --debug --mem-log
        --clear-cache --cache-limit-gb --memory-limit-gb --eval-interval --fp32-euler --no-fp32-euler --compile --no-compile
        --compile-shapeless --cfg-batch --no-cfg-batch --metal-capture --metal-capture-path --metal-capture-phase --enable-fp8
        --stg-scale --stg-blocks --stg-mode --quantization --enhance-prompt --max-tokens --temperature --auto-output-name
        --audio-mode --audio-model-repo --audio-steps --stage2-model-repo --stage2-dev
        --include-reference-in-output --conditioning-mode --video-conditioning --reference-video --distilled-lora --stage1-steps
        --stage2-steps --sigma-subsample
        --video-encoder --save-frames --tiling --stream --audio-bitrate --audio-filter --output-audio
        --model-repo --checkpoint-path --checkpoint --text-encoder-path --gemma-root --text-encoder-repo
        """;

    // Only its existence matters.
    private static readonly string Picture = typeof(PredecessorOptionsTests).Assembly.Location;
    private static readonly string Adapter = EmptyAdapter();
    private static readonly string Video = ShortVideo();
    private static readonly string Folder = Path.GetDirectoryName(Picture)!;
    private static readonly string Clip = Path.GetFullPath("clip.mp4");
    private static readonly string Times = Path.GetFullPath("times.json");

    private static readonly IReadOnlyList<Row> Rows =
    [
        new("--prompt -p", request => request.Settings.Prompt, "fox", "owl", "owl"),
        new("--pipeline", request => request.Settings.Pipeline, PipelineKind.Distilled, "dev", PipelineKind.OneStage),
        new("--negative-prompt", request => request.Settings.NegativePrompt, null, "rain", "rain"),
        new("--height -H", request => request.Settings.Height, 512, "480", 480),
        new("--width -W", request => request.Settings.Width, 512, "832", 832),
        new("--num-frames -n", request => request.Settings.NumFrames, 33, "34", 41),
        new("--steps --num-inference-steps", request => request.Settings.Guided.Steps, 40, "20", 20),
        new("--cfg-scale --cfg-guidance-scale --guidance-scale", request => request.Settings.Guided.Video.CfgScale, 3.0, "4.5", 4.5),
        new("--seed -s", request => request.Settings.Seed, 42L, "7", 7L),
        new("--fps --frame-rate", request => request.Settings.Fps, 24.0, "30", 30.0),
        new("--output --output-path -o", request => request.Output, Path.GetFullPath("fox.mp4"), Clip, Clip),
        new("--auto-output-name", request => request.Output, Path.GetFullPath("fox.mp4"), $"-o {Clip}", Path.GetFullPath("fox.mp4")),
        new("--enhance-prompt", request => request.Settings.Enhancement, null, "", new PromptEnhancement()),
        new("--max-tokens", request => request.Settings.Enhancement?.MaxTokens, null, "100 --enhance-prompt", 100),
        new("--temperature", request => request.Settings.Enhancement?.Temperature, null, "0.2 --enhance-prompt", 0.2),
        new("--lora --lora-path", request => Text(request.Inputs.Adapters), "", $"{Adapter} 0.8", $"{Adapter} 0.8"),
        new("--image -i", request => Text(request.Inputs.Images), "", $"{Picture} 8 0.5", $"{Picture} 8 0.5"),
        new("--condition-image", request => Text(request.Inputs.Images), "", Picture, $"{Picture} 0 1"),
        new("--image-strength", request => Text(request.Inputs.Images), "", $"0.4 -i {Picture}", $"{Picture} 0 0.4"),
        new("--image-frame-idx", request => Text(request.Inputs.Images), "", $"16 -i {Picture}", $"{Picture} 16 1"),
        new("--conditioning-mode", request => request.Settings.ImageMode, ConditioningMode.Auto, "guide", ConditioningMode.Guide),
        new("--video-conditioning", request => Text(request.Inputs.Videos), "", $"{Video} 0.8", $"{Video} 0 0.8 Replace"),
        new("--video-conditioning", request => Text(request.Inputs.Videos), "", $"{Video} 8 0.8", $"{Video} 8 0.8 Replace"),
        new(
            "--video-conditioning", request => Text(request.Inputs.Videos), "", $"{Video} 1 --pipeline ic_lora --lora {Adapter}",
            $"{Video} 0 1 Reference"),
        new("--reference-video", request => Text(request.Inputs.Videos), "", Video, $"{Video} 0 1 Replace"),
        new("--distilled-lora", request => Text(request.Inputs.Adapters), "", $"{Adapter} 0.6 --pipeline two-stage", $"{Adapter} 0.6"),
        new("--stage1-steps", request => request.Settings.Pass1Steps, null, "5", 5),
        new("--stage2-steps", request => request.Settings.Pass2Steps, null, "1", 1),
        new(
            "--sigma-subsample", request => request.Settings.SigmaSubsampling, SubsamplingRule.Farthest, "uniform",
            SubsamplingRule.Uniform),
        new("--audio -a", request => request.Settings.Audio, true, "", true),
        new("--skip-audio", request => request.Settings.Audio, true, "--audio", false),
        new("--profile", request => request.Reporting.Profile, false, "", true),
        new("--profile-json", request => request.Reporting.ProfileFile, null, Times, Times),
        new("--profile-json", request => request.Reporting.ProfileFile, null, $"-o {Clip}", Path.GetFullPath("clip.profile.json")),
        new("--profile-json", request => request.Reporting.Profile, false, "auto", true),
        new("--debug", request => request.Reporting.Statistics, false, "", true),
        new("--mem-log", request => request.Reporting.MemoryLog, false, "", true),
        new("--memory-limit-gb", request => request.Memory, null, "12.5", 12.5),
        new("--video-encoder", request => request.Settings.Output.Encoder, VideoEncoderKind.X264, "cv2", VideoEncoderKind.X264),
        new("--video-encoder", request => request.Settings.Output.Encoder, VideoEncoderKind.X264, "ffmpeg", VideoEncoderKind.X264),
        new("--save-frames", request => request.OutputFrames, null, "", Path.GetFullPath("fox_frames")),
        new("--tiling", request => request.Settings.Tiling, TilingMode.Auto, "aggressive", TilingMode.Aggressive),
        new("--stream", request => request.Stream, false, "", true),
        new("--audio-bitrate", request => request.Settings.Output.AudioBitrate, 256, "192k", 192),
        new("--audio-filter", request => request.Settings.Output.AudioFilter, "", "volume=0.5", "volume=0.5"),
        new("--audio-filter", request => request.Settings.Output.AudioFilter, "", "off", ""),
        new("--output-audio", request => request.OutputAudio, null, "sound.wav", Path.GetFullPath("sound.wav")),
        new("--stg-scale", request => request.Settings.Guided.Video.StgScale, 1.0, "0.5", 0.5),
        new("--stg-blocks", request => string.Join(' ', request.Settings.Guided.Audio.StgBlocks ?? []), "", "28 29", "28 29"),
        new("--stg-mode", request => request.Settings.Guided.Audio.StgScale, 1.0, "stg_v", 0.0),
        new("--stg-mode", request => request.Settings.Guided.Video.StgScale, 1.0, "stg_v", 1.0),
        new("--model-repo", request => request.Model?.Folder, null, Folder, Folder),
        new("--checkpoint-path --checkpoint", request => request.Model?.Checkpoint, null, Adapter, Adapter),
        new("--text-encoder-path --gemma-root", request => request.Model?.TextEncoder, null, $"{Folder} --model {Folder}", Folder),
        new("--text-encoder-repo", request => request.Model?.TextEncoder, null, $"{Folder} --model {Folder}", Folder),
        Row.WithoutEffect("--clear-cache --no-compile --no-cfg-batch --fp32-euler"),
        Row.WithoutEffect("--quantization", "auto"),
        Row.WithoutEffect("--quantization", "prequant"),
        Row.Refused("--quantization", "runtime", "use --quantize BITS"),
        Row.WithoutEffect("--audio-mode", "auto"),
        Row.WithoutEffect("--audio-mode", "joint"),
        Row.Refused("--audio-mode", "separate", "use joint"),
        Row.Refused("--audio-model-repo", "Lightricks/LTX-2", "come from one model"),
        Row.Refused("--audio-steps", "8", "use --steps"),
        Row.Refused("--stage2-model-repo", "Lightricks/LTX-2", "use --distilled-lora"),
        Row.Refused("--stage2-dev", "", "use --pipeline one-stage"),
        Row.Refused("--include-reference-in-output", "", "hstack"),
        Row.Refused("--enable-fp8", "", "--quantize 8"),
        Row.Refused("--compile --compile-shapeless", "", "nothing to compile"),
        Row.Refused("--cfg-batch", "", "one after another"),
        Row.Refused("--no-fp32-euler", "", "always computed in float32"),
        Row.Refused("--eval-interval", "2", "computed before the next"),
        Row.Refused("--cache-limit-gb", "4", "use --memory-limit"),
        Row.Refused("--metal-capture", "", "Instruments"),
        Row.Refused("--metal-capture-path", "trace.gputrace", "Instruments"),
        Row.Refused("--metal-capture-phase", "decode", "Instruments"),
    ];

    public static TheoryData<string, int> Spellings()
    {
        var spellings = new TheoryData<string, int>();
        foreach (var (index, row) in Rows.Index())
        {
            foreach (var name in Split(row.Names))
                spellings.Add(name, index);
        }

        return spellings;
    }

    [Fact]
    public void Every_name_has_a_row() => Assert.Equal(Split(Names).Order(), Rows.SelectMany(row => Split(row.Names)).Distinct().Order());

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Option_has_its_default_and_its_effect(string name, int row)
    {
        var (_, value, unset, argument, expected) = Rows[row];
        string[] arguments = ["--prompt", "fox", name, .. Split(argument)];
        if (expected is Refusal refusal)
        {
            var error = Assert.Throws<UsageException>(() => ParsedOptions.Read(arguments)).Message;
            Assert.StartsWith($"{name}: ", error);
            Assert.Contains(refusal.Words, error);
            return;
        }

        Assert.Equal(unset, value(ParsedOptions.Read("--prompt", "fox")));
        Assert.Equal(expected, value(ParsedOptions.Read(name is "--prompt" or "-p" ? arguments[2..] : arguments)));
    }

    [Theory]
    [InlineData("LTX_DEFAULT_AUDIO", "0", "maybe")]
    [InlineData("LTX_DEBUG", "yes", "2")]
    [InlineData("LTX_AUDIO_MODE", "joint", "separate")]
    [InlineData("LTX_AUDIO_MODE", "auto", "both")]
    [InlineData("LTX_SIGMA_SUBSAMPLE", "uniform", "random")]
    [InlineData("LTX_QUANTIZATION", "prequant", "sometimes")]
    [InlineData("LTX_QUANTIZATION", "auto", "runtime")]
    [InlineData("LTX_VIDEO_ENCODER", "cv2", "avi")]
    [InlineData("LTX_STREAM_CODEC", "libx264", "avi")]
    [InlineData("LTX_STREAM_CRF", "20", "60")]
    [InlineData("LTX_STREAM_PRESET", "fast", "quick")]
    [InlineData("LTX_AUDIO_BITRATE", "192k", "loud")]
    [InlineData("LTX_AUDIO_FILTER", "off", "amovie")]
    [InlineData("MLX_VIDEO_PROGRESS_ECHO_EVERY", "5", "often")]
    [InlineData("MLX_VIDEO_DENOISE_ECHO_EVERY", "5", "0")]
    [InlineData("MLX_VIDEO_DECODE_ECHO_EVERY", "5", "-1")]
    public void Invalid_value_of_a_variable_is_an_error_that_names_it(string variable, string valid, string invalid)
    {
        Assert.Empty(ParsedOptions.Read(new Dictionary<string, string> { [variable] = valid }, "-p", "fox").Notices);
        var error = Assert.Throws<UsageException>(
            () => ParsedOptions.Read(new Dictionary<string, string> { [variable] = invalid }, "-p", "fox")).Message;
        Assert.StartsWith($"{variable}: ", error);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Variables_change_defaults_and_options_override_them()
    {
        var silent = new Dictionary<string, string> { ["LTX_DEFAULT_AUDIO"] = "0" };
        Assert.False(ParsedOptions.Read(silent, "-p", "fox").Settings.Audio);
        Assert.True(ParsedOptions.Read(silent, "-p", "fox", "--audio").Settings.Audio);
        Assert.True(ParsedOptions.Read(silent, "-p", "fox", "--audio-mode", "joint").Settings.Audio);
        var encoder = new Dictionary<string, string> { ["LTX_TEXT_ENCODER_REPO"] = Folder };
        Assert.Equal(Folder, ParsedOptions.Read(encoder, "-p", "fox", "--model", Folder).Model?.TextEncoder);
        Assert.Equal("/gemma", ParsedOptions.Read(encoder, "-p", "fox", "--model", Folder, "--gemma-root", "/gemma").Model?.TextEncoder);
        Assert.Null(ParsedOptions.Read(encoder, "-p", "fox").Model);
        var echo = ParsedOptions.Read(
            new Dictionary<string, string>
            {
                ["MLX_VIDEO_PROGRESS_ECHO"] = "1",
                ["MLX_VIDEO_PROGRESS_ECHO_EVERY"] = "5",
                ["MLX_VIDEO_DECODE_ECHO_EVERY"] = "20",
                ["MLX_VIDEO_UI_JSON"] = "1",
                ["LTX_DEBUG"] = "1",
            },
            "-p", "fox").Reporting;
        Assert.Equal((new EchoIntervals(5, 20), true, true), (echo.Echo, echo.Events, echo.Statistics));
    }

    /// <summary>Writes a safetensors file without tensors; only its metadata is read.</summary>
    private static string EmptyAdapter()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("adapter-").FullName, "style.safetensors");
        File.WriteAllBytes(path, [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8]);
        return path;
    }

    private static string ShortVideo()
    {
        var path = Path.Combine(Path.GetDirectoryName(Adapter)!, "short.mp4");
        string[] arguments = ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=24", "-frames:v", "9", path];
        using var ffmpeg = Process.Start(FfmpegTools.Find().Ffmpeg, arguments);
        ffmpeg.WaitForExit();
        return path;
    }

    private static string[] Split(string words) => words.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static string Text(IReadOnlyList<ImageInput> images) => string.Join(
        ' ', images.Select(image => FormattableString.Invariant($"{image.Path} {image.Frame} {image.Strength}")));

    private static string Text(IReadOnlyList<VideoInput> videos) => string.Join(
        ' ', videos.Select(video => FormattableString.Invariant($"{video.Path} {video.Frame} {video.Strength} {video.Use}")));

    private static string Text(IReadOnlyList<AdapterInput> adapters) => string.Join(
        ' ', adapters.Select(adapter => FormattableString.Invariant($"{adapter.Path} {adapter.Strength}")));

    private sealed record Refusal(string Words);

    /// <param name="Names">The names of an option.</param>
    /// <param name="Value">What the option determines.</param>
    /// <param name="Default">Its value without the option.</param>
    /// <param name="Argument">Words after the option.</param>
    /// <param name="Expected">The value then, or the refusal.</param>
    private sealed record Row(string Names, Func<GenerateRequest, object?> Value, object? Default, string Argument, object? Expected)
    {
        public static Row Refused(string names, string argument, string words) =>
            new(names, _ => null, null, argument, new Refusal(words));

        public static Row WithoutEffect(string names, string argument = "") =>
            new(names, request => request.Settings, new RenderSettings { Prompt = "fox" }, argument, new RenderSettings { Prompt = "fox" });
    }
}
