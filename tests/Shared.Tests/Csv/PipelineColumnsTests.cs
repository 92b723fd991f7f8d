using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Csv;

/// <summary>Columns for videos, audio, adapters and sampling.</summary>
public sealed class PipelineColumnsTests
{
    private static readonly byte[] EmptyAdapter = [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8];

    [Fact]
    public void Files_have_frames_and_strengths()
    {
        using var folder = Folder();
        var row = Assert.Single(folder.Read(
            "prompt,pipeline,video,reference_attention,reference_mask,lora,skip_pass2\n"
            + "fox,ic-lora,depth.mp4:0:0.8|depth.mp4,0.5,depth.mp4,style.safetensors:0.25|a:b.safetensors,yes\n").Rows);
        Assert.Equal(
            [new VideoInput(folder.FileAt("depth.mp4"), 0, 0.8, VideoUse.Reference),
                new VideoInput(folder.FileAt("depth.mp4"), 0, 1, VideoUse.Reference)],
            row.Inputs.Videos);
        Assert.Equal(
            [new AdapterInput(folder.FileAt("style.safetensors"), 0.25, AdapterPasses.Both),
                new AdapterInput(folder.FileAt("a:b.safetensors"), 1, AdapterPasses.Both)],
            row.Inputs.Adapters);
        var video = row.Settings.Videos[0].Video;
        Assert.Equal((96, 64, 25, 24.0, true), (video.Width, video.Height, video.Frames, video.Fps, video.HasAudio));
        Assert.Equal((0.5, true, video), (row.Settings.ReferenceAttention, row.Settings.SkipPass2, row.Settings.ReferenceMask));
    }

    [Fact]
    public void Clip_has_the_size_length_and_rate_of_its_source_unless_given()
    {
        using var folder = Folder();
        var rows = folder.Read(
            "prompt,pipeline,source,start,end,width,height,num_frames,fps\n"
            + "fox,retake,depth.mp4,0.2,0.5,,,,\n"
            + "fox,extend,depth.mp4,,,64,64,33,12\n"
            + "fox,upscale,depth.mp4,,,,,,\n").Rows;
        Assert.Equal(
            [(96, 64, 25, 24.0), (64, 64, 33, 12.0), (192, 128, 25, 24.0)],
            rows.Select(row => (row.Settings.Width, row.Settings.Height, row.Settings.NumFrames, row.Settings.Fps)));
        Assert.Equal(new TimeInterval(0.2, 0.5), rows[0].Settings.Interval);
    }

    [Fact]
    public void Row_may_name_its_model()
    {
        using var folder = Folder();
        Assert.Equal(["ltx-2.3", null], folder.Read("prompt,model\nfox, ltx-2.3 \nfox,\n").Rows.Select(row => row.Model));
        var error = Assert.Single(folder.Read($"prompt,model\nfox,{new string('x', 201)}\n").Errors);
        Assert.Equal(("model", "The model has 201 characters: use at most 200."), (error.Column, error.Reason));
    }

    [Fact]
    public void Clip_is_rendered_in_parts_of_the_given_length()
    {
        using var folder = Folder();
        var rows = folder.Read("prompt,num_frames,part_frames,overlap_frames\nfox,481,121,17\nfox,481,121,\nfox,481,,\n").Rows;
        Assert.Equal(
            [(121, 17), (121, 25), ((int?)null, 25)], rows.Select(row => (row.Settings.PartFrames, row.Settings.OverlapFrames)));
    }

    [Fact]
    public void Sampling_is_read_and_the_high_quality_pipeline_has_its_own_defaults()
    {
        using var folder = Folder();
        var rows = folder.Read(
            "prompt,pipeline,sampler,stg_blocks,stage1_steps,sigma_subsample,distilled_lora\n"
            + "fox,two-stage-hq,euler_ancestral,28 29,,,style.safetensors:0.5\n"
            + "fox,distilled,,,4,uniform,\n").Rows;
        Assert.Equal((15, SamplerKind.EulerAncestral), (rows[0].Settings.Guided.Steps, rows[0].Settings.Sampler));
        Assert.Equal([28, 29], rows[0].Settings.Guided.Video.StgBlocks);
        Assert.Equal([(0.25, AdapterPasses.First), (0.5, AdapterPasses.Second)],
            rows[0].Settings.Adapters.Select(adapter => (adapter.Strength, adapter.Passes)));
        Assert.Equal((4, SubsamplingRule.Uniform), (rows[1].Settings.Pass1Steps, rows[1].Settings.SigmaSubsampling));
    }

    [Fact]
    public void Errors_name_their_columns()
    {
        using var folder = Folder();
        var errors = folder.Read(
            "prompt,pipeline,video,lora,source,audio_file,sampler,stage1_steps\n"
            + "fox,ic-lora,missing.mp4,text.txt,,,,\n"
            + "fox,retake,,,style.safetensors,,,\n"
            + "fox,audio-to-video,,,,depth.mp4,heun,\n"
            + "fox,distilled,depth.mp4:4,,,,,9\n").Errors;
        Assert.Equal(
            ["2 lora", "2 video", "3 source", "4 sampler", "5 stage1_steps", "5 video_frame"],
            errors.Select(error => $"{error.Line} {error.Column}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Audio_shorter_than_the_clip_is_refused()
    {
        using var folder = Folder();
        var error = Assert.Single(folder.Read("prompt,pipeline,audio_file,audio_start\nfox,audio-to-video,depth.mp4,1\n").Errors);
        Assert.Equal(("audio_file", true), (error.Column, error.Reason.Contains("lasts 1.5 s", StringComparison.Ordinal)));
    }

    private static CsvFolder Folder()
    {
        var folder = new CsvFolder();
        File.WriteAllText(folder.FileAt("depth.mp4"), "video 96 64 25 24 audio1.5");
        File.WriteAllText(folder.FileAt("text.txt"), "no adapter");
        foreach (var name in new[] { "style.safetensors", "a:b.safetensors" })
            File.WriteAllBytes(folder.FileAt(name), EmptyAdapter);
        return folder;
    }
}
