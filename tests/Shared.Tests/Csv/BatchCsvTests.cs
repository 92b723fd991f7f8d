using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Csv;

public sealed class BatchCsvTests
{
    [Fact]
    public void Empty_cells_and_missing_columns_use_the_defaults()
    {
        using var folder = new CsvFolder();
        var expected =
            new RenderSettings
            {
                Prompt = "fox",
                Pipeline = PipelineKind.Distilled,
                Width = 512,
                Height = 512,
                NumFrames = 33,
                Fps = 24,
                Seed = 42
            };
        var full = Assert.Single(folder.Read(
            "prompt,negative_prompt,pipeline,width,height,num_frames,fps,seed,image,image_frame,image_strength,"
            + "output,priority,deadline,preempt,tag\nfox,,,,,,,,,,,,,,,\n").Rows);
        var bare = Assert.Single(folder.Read("prompt\nfox\n").Rows);
        foreach (var row in new[] { full, bare })
        {
            Assert.Equal(expected, WithoutFiles(row.Settings));
            Assert.Equal((1, 2, "001-fox.mp4", new ClipConstraints()), (row.Row, row.Line, row.Output, row.Constraints));
            Assert.Empty(row.Inputs.Images);
        }
    }

    [Fact]
    public void Encoding_cells_are_read_and_the_encoder_determines_the_extension()
    {
        using var folder = new CsvFolder();
        var content = folder.Read(
            "prompt,tiling,video_encoder,crf,encoder_preset,audio_bitrate,audio_filter,output\n"
            + "fox,aggressive,prores,20,Slow,192k,clean,shot\nfox,,ffv1,,,,\"highpass=f=80,volume=0.5\",\nfox,,,,,,none,\n");
        Assert.Empty(content.Errors);
        Assert.Equal(["shot.mov", "002-fox.mkv", "003-fox.mp4"], content.Rows.Select(row => row.Output));
        Assert.Equal(
            new OutputSettings
            {
                Encoder = VideoEncoderKind.Prores,
                Crf = 20,
                Preset = X264Preset.Slow,
                AudioBitrate = 192,
                AudioFilter = AudioFilterChain.CleanChain,
            },
            content.Rows[0].Settings.Output);
        Assert.Equal(TilingMode.Aggressive, content.Rows[0].Settings.Tiling);
        Assert.Equal(
            new OutputSettings { Encoder = VideoEncoderKind.Ffv1, AudioFilter = "highpass=f=80,volume=0.5" },
            content.Rows[1].Settings.Output);
        Assert.Equal(OutputSettings.Default, content.Rows[2].Settings.Output);

        var bad = folder.Read(
            "prompt,tiling,video_encoder,crf,encoder_preset,audio_bitrate,audio_filter,output\n"
            + "fox,huge,av1,60,quick,9,amovie=x,\nfox,,prores,,,,,clip.mp4\n");
        Assert.Equal(
            ["tiling", "video_encoder", "crf", "encoder_preset", "audio_bitrate", "audio_filter", "output"],
            bad.Errors.Select(error => error.Column));
        Assert.Contains("'clip.mp4' ends in .mp4, but clips are mov files", bad.Errors[^1].Reason);
    }

    [Fact]
    public void All_columns_are_read_and_names_allow_any_case_hyphens_and_spaces()
    {
        using var folder = new CsvFolder("a.png", "b.png");
        var content = folder.Read(
            "\uFEFFPROMPT,Negative-Prompt,pipeline,Width,HEIGHT,num-frames,FPS, Seed "
                + ",image,Image-Frame,image-strength,Output,Priority,Deadline,Preempt,Tag\r\n"
            + "\"A fox, \"\"running\"\"\",blur,Distilled,200,120,17,23.976, 7 "
            + ",a.png|b.png:8:0.25,4,0.5,shots\\fox,-3,2026-01-31T18:00+01:00,yes,studio\r\n");
        Assert.Empty(content.Errors);
        var row = Assert.Single(content.Rows);
        var settings =
            new RenderSettings
            {
                Prompt = "A fox, \"running\"",
                NegativePrompt = "blur",
                Width = 200,
                Height = 120,
                NumFrames = 17,
                Fps = 23.976,
                Seed = 7
            };
        Assert.Equal(settings, WithoutFiles(row.Settings));
        Assert.Equal([new ImageInput(folder.FileAt("a.png"), 4, 0.5), new ImageInput(folder.FileAt("b.png"), 8, 0.25)], row.Inputs.Images);
        Assert.Equal(("shots/fox.mp4", new ClipConstraints(-3, new DateTimeOffset(2026, 1, 31, 17, 0, 0, TimeSpan.Zero), true, "studio")),
            (row.Output, row.Constraints));
    }

    [Fact]
    public void Columns_may_have_the_names_of_mlx_videos_options()
    {
        using var folder = new CsvFolder("a.png");
        var content = folder.Read(
            "prompt,frame-rate,num_inference_steps,Guidance Scale,image,image_frame_idx,output_path\nfox,30,20,4,a.png,8,fox.mp4\n");
        var row = Assert.Single(content.Rows);
        Assert.Equal((30.0, 20, 4.0), (row.Settings.Fps, row.Settings.Guided.Steps, row.Settings.Guided.Video.CfgScale));
        Assert.Equal((8, "fox.mp4"), (row.Inputs.Images[0].Frame, row.Output));
        Assert.Contains("duplicated", Assert.Single(folder.Read("prompt,fps,frame_rate\nfox,24,30\n").Errors).Reason);
    }

    [Fact]
    public void Guided_pipelines_accept_steps_and_scales()
    {
        using var folder = new CsvFolder();
        var rows = folder.Read(
            "prompt,pipeline,steps,cfg_scale,audio_cfg_scale,stg_scale,modality_scale,rescale_scale\nfox,dev,20,4,5,0,1,0.5\n"
            + "fox,One-Stage,,,,,,\n").Rows;
        Assert.Equal([PipelineKind.OneStage, PipelineKind.OneStage], rows.Select(row => row.Settings.Pipeline));
        Assert.All(rows, row => Assert.Null(row.Settings.NegativePrompt));
        Assert.Equal([GuidedSampling.Of(20, 4, 5, 0, 1, 0.5), GuidedSampling.Official], rows.Select(row => row.Settings.Guided));
        var errors = folder.Read("prompt,steps,cfg_scale,rescale_scale\nfox,0,-1,2\n").Errors;
        Assert.Equal(["steps", "cfg_scale", "rescale_scale"], errors.Select(error => error.Column));
    }

    [Fact]
    public void Prompt_is_enhanced_only_if_the_row_asks_for_it()
    {
        using var folder = new CsvFolder();
        const string Header = "prompt,enhance_prompt,max_tokens,temperature\n";
        var rows = folder.Read(Header + "fox,yes,100,0.2\nfox,true,,\nfox,,100,\nfox,no,,\n").Rows;
        Assert.Equal(
            [new PromptEnhancement { MaxTokens = 100, Temperature = 0.2 }, new PromptEnhancement(), null, null],
            rows.Select(row => row.Settings.Enhancement));
        var errors = folder.Read(Header + "fox,maybe,0,-1\n").Errors;
        Assert.Equal(["max_tokens", "temperature", "enhance_prompt"], errors.Select(error => error.Column));
    }

    [Theory]
    [InlineData("a.png", "a.png", 0, 1.0)]
    [InlineData("a.png:8", "a.png", 8, 1.0)]
    [InlineData("a.png:8:0.5", "a.png", 8, 0.5)]
    [InlineData("odd:3", "odd:3", 0, 1.0)]
    [InlineData("odd:3:8", "odd:3", 8, 1.0)]
    [InlineData("odd:3:8:1", "odd:3", 8, 1.0)]
    [InlineData("odd:3:0.5.png:16:0", "odd:3:0.5.png", 16, 0.0)]
    public void Colons_belong_to_the_image_path_when_such_a_file_exists(string cell, string file, int frame, double strength)
    {
        using var folder = new CsvFolder("a.png", "odd:3", "odd:3:0.5.png");
        var row = Assert.Single(folder.Read($"prompt,image\nfox,{cell}\n").Rows);
        Assert.Equal([new ImageInput(folder.FileAt(file), frame, strength)], row.Inputs.Images);
        var absolute = Assert.Single(folder.Read($"prompt,image\nfox,{folder.FileAt(cell)}\n").Rows);
        Assert.Equal(row.Inputs.Images, absolute.Inputs.Images);
    }

    [Theory]
    [InlineData("2026-06-01T18:00", "2026-06-01T16:00Z")]
    [InlineData("2026-06-01 18:00:30", "2026-06-01T16:00:30Z")]
    [InlineData("2026-06-01T18:00Z", "2026-06-01T18:00Z")]
    [InlineData("2026-06-01T18:00:30.5-05:00", "2026-06-01T23:00:30.5Z")]
    [InlineData("14:01", "2026-05-01T12:01Z")]
    [InlineData("14:00", "2026-05-02T12:00Z")]
    [InlineData("9:30", "2026-05-02T07:30Z")]
    public void Deadline_is_a_date_and_time_or_the_next_occurrence_of_a_time_of_day(string cell, string utc)
    {
        using var folder = new CsvFolder { Time = new TwoHoursEast(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero)) };
        var row = Assert.Single(folder.Read($"prompt,deadline\nfox,{cell}\n").Rows);
        Assert.Equal(DateTimeOffset.Parse(utc, System.Globalization.CultureInfo.InvariantCulture), row.Constraints.Deadline);
        Assert.Equal(TimeSpan.Zero, row.Constraints.Deadline!.Value.Offset);
    }

    [Fact]
    public void Default_output_names_contain_row_and_prompt_and_avoid_names_of_other_rows()
    {
        using var folder = new CsvFolder();
        var rows = folder.Read("prompt,output\nA red fox runs!,\nowl,003-Grüne-äpfel.mp4\n\" Grüne Äpfel\",\n…,\n\"a prompt of very many "
            + "words, which goes on and on\",\nx,001-a-red-fox-runs.mp4/x\n").Rows;
        Assert.Equal(
            ["001-a-red-fox-runs-2.mp4", "003-Grüne-äpfel.mp4", "003-grüne-äpfel-2.mp4", "004.mp4",
                "005-a-prompt-of-very-many-words-which-goes.mp4", "001-a-red-fox-runs.mp4/x.mp4"],
            rows.Select(row => row.Output));
    }

    [Fact]
    public void Blank_lines_count_as_lines_but_not_as_rows()
    {
        using var folder = new CsvFolder();
        var rows = folder.Read("\n\nprompt\n\n\"a\n\nb\"\n\nc").Rows;
        Assert.Equal([(1, 5, "a\n\nb"), (2, 9, "c")], rows.Select(row => (row.Row, row.Line, row.Settings.Prompt)));
    }

    [Property(MaxTest = 200)]
    public Property Written_csv_round_trips(bool byteOrderMark, bool carriageReturns, bool lastNewline)
    {
        var characters = Gen.OneOf(
            Gen.Elements('"', ',', '\n', '\r', ' ', '|', ':', '\\', ';', '\'', 'é', '漢', '\t'),
            Gen.Choose(32, 126).Select(code => (char)code));
        var prompts = characters.ArrayOf().Select(text => new string(text) + "🦊").NonEmptyListOf();
        return Prop.ForAll(prompts.ToArbitrary(), written =>
        {
            var newline = carriageReturns ? "\r\n" : "\n";
            var lines = written.Select((prompt, index) => $"{index},\"{prompt.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")
                .Prepend("seed,prompt");
            var csv = (byteOrderMark ? "\uFEFF" : "") + string.Join(newline, lines) + (lastNewline ? newline : "");
            using var folder = new CsvFolder();
            var content = folder.Read(csv);
            Assert.Empty(content.Errors);
            Assert.Equal(written, content.Rows.Select(row => row.Settings.Prompt));
            Assert.Equal(Enumerable.Range(0, written.Count).Select(seed => (long)seed), content.Rows.Select(row => row.Settings.Seed));
            Assert.Equal(content.Rows.Count, content.Rows.Select(row => row.Output).Distinct(StringComparer.OrdinalIgnoreCase).Count());
            foreach (var row in content.Rows)
                Assert.StartsWith($"{row.Row - 1},\"", LineAt(csv.TrimStart('\uFEFF'), row.Line), StringComparison.Ordinal);
        });
    }

    [Property(MaxTest = 200)]
    public void Arbitrary_bytes_are_read_or_refused(byte[] bytes)
    {
        using var folder = new CsvFolder();
        var content = folder.Read([.. "prompt,width\n"u8, .. bytes]);
        Assert.True(content.Rows.Count > 0 || content.Errors.Count > 0);
        Assert.All(content.Rows, row => Assert.Empty(RenderSettingsRules.Check(row.Settings)));
    }

    private static string LineAt(string text, int line)
    {
        var rest = text;
        for (var skipped = 1; skipped < line; skipped++)
        {
            var end = rest.IndexOfAny(['\r', '\n']);
            rest = rest[(rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? end + 2 : end + 1)..];
        }

        return rest;
    }

    private sealed class TwoHoursEast(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } =
            TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(2), "east", "east");

        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>Lists are equal only to themselves.</summary>
    private static RenderSettings WithoutFiles(RenderSettings settings)
    {
        var none = new RenderSettings { Prompt = "" };
        return settings with { Images = none.Images, Videos = none.Videos, Adapters = none.Adapters };
    }
}
