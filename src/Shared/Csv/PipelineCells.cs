using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>Parses the cells that some pipelines need: videos, audio, adapters and sampling.</summary>
internal sealed class PipelineCells(RowCells cells, string folder)
{
    /// <summary>Returns the settings with the values of these cells.</summary>
    public RenderSettings Apply(RenderSettings settings)
    {
        var guided = settings.Guided;
        var blocks = Blocks();
        return settings with
        {
            Guided = guided with
            {
                Video = guided.Video with { StgBlocks = blocks },
                Audio = guided.Audio with { StgBlocks = blocks },
            },
            ImageMode = cells.Choice(CsvColumns.ImageMode, settings.ImageMode),
            ReferenceAttention = cells.Number(
                CsvColumns.ReferenceAttention, settings.ReferenceAttention, RenderSettingsRules.ImageStrength) ?? 1,
            SkipPass2 = cells.Boolean(CsvColumns.SkipPass2, settings.SkipPass2),
            Interval = Interval(),
            RegenerateVideo = cells.Boolean(CsvColumns.RegenerateVideo, settings.RegenerateVideo),
            RegenerateAudio = cells.Boolean(CsvColumns.RegenerateAudio, settings.RegenerateAudio),
            ExtendBackwards = cells.Choice(CsvColumns.Extend, Direction.Forwards) == Direction.Backwards,
            DistilledSampling = cells.Boolean(CsvColumns.Distilled, settings.DistilledSampling),
            Sampler = cells.Trimmed(CsvColumns.Sampler) is null ? null : cells.Choice(CsvColumns.Sampler, SamplerKind.Euler),
            Pass1Steps = Steps(CsvColumns.Stage1Steps),
            Pass2Steps = Steps(CsvColumns.Stage2Steps),
            SigmaSubsampling = cells.Choice(CsvColumns.SigmaSubsample, settings.SigmaSubsampling),
        };
    }

    /// <summary>Returns the files of these cells.</summary>
    public ClipInputs Inputs(RenderSettings settings) => new()
    {
        Videos = Videos(settings.Pipeline),
        Adapters = [.. Adapters(CsvColumns.Lora, AdapterPasses.Both), .. Distilled(settings.Pipeline)],
        ReferenceMask = PathOf(CsvColumns.ReferenceMask),
        Source = PathOf(CsvColumns.Source),
        Soundtrack = PathOf(CsvColumns.AudioFile),
        SoundtrackStart = cells.Number(CsvColumns.AudioStart, 0, RenderSettingsRules.Seconds) ?? 0,
        FromSource = (IsGiven(CsvColumns.Width) || IsGiven(CsvColumns.Height) ? SourceSettings.None : SourceSettings.Size)
            | (IsGiven(CsvColumns.NumFrames) ? SourceSettings.None : SourceSettings.Length)
            | (IsGiven(CsvColumns.Fps) ? SourceSettings.None : SourceSettings.Rate),
    };

    private bool IsGiven(string column) => cells.Trimmed(column) is not null;

    private TimeInterval? Interval()
    {
        if (!IsGiven(CsvColumns.Start) && !IsGiven(CsvColumns.End))
            return null;
        return new TimeInterval(
            cells.Number(CsvColumns.Start, 0, RenderSettingsRules.Seconds) ?? 0,
            cells.Number(CsvColumns.End, TimeInterval.MaxSeconds, RenderSettingsRules.Seconds) ?? TimeInterval.MaxSeconds);
    }

    /// <summary>Numbers out of range are reported by <see cref="PipelineRules"/>.</summary>
    private int? Steps(string column) => IsGiven(column) ? (int?)cells.Integer(column, 0, _ => null) : null;

    private List<int>? Blocks()
    {
        if (cells.Trimmed(CsvColumns.StgBlocks) is not { } text)
            return null;
        var blocks = new List<int>();
        foreach (var part in text.Split([' ', '|'], StringSplitOptions.RemoveEmptyEntries))
        {
            var reason = NumberText.ReadWhole(part, out var block);
            cells.AddError(CsvColumns.StgBlocks, reason);
            blocks.Add((int)Math.Clamp(block, -1, int.MaxValue));
        }

        cells.AddError(CsvColumns.StgBlocks, RenderSettingsRules.StgBlocks(blocks));
        return blocks;
    }

    private List<VideoInput> Videos(PipelineKind pipeline)
    {
        var use = cells.Choice(CsvColumns.VideoUse, pipeline == PipelineKind.IcLora ? VideoUse.Reference : VideoUse.Replace);
        return FileCell.Read(cells.Raw(CsvColumns.Video), folder, "video", reason => cells.AddError(CsvColumns.Video, reason))
            .Select(entry => new VideoInput(entry.Path, (int)Math.Clamp(entry.Frame ?? 0, 0, int.MaxValue), entry.Strength ?? 1, use))
            .ToList();
    }

    private IEnumerable<AdapterInput> Adapters(string column, AdapterPasses passes) =>
        FileCell.ReadWithStrength(cells.Raw(column), folder, "adapter", reason => cells.AddError(column, reason))
            .Select(entry => new AdapterInput(entry.Path, entry.Strength ?? 1, passes));

    private IEnumerable<AdapterInput> Distilled(PipelineKind pipeline) =>
        DistilledAdapters.Of(pipeline, Adapters(CsvColumns.DistilledLora, AdapterPasses.Second));

    private string? PathOf(string column)
    {
        if (cells.Trimmed(column) is not { } path)
            return null;
        var absolute = Path.GetFullPath(path, folder);
        if (File.Exists(absolute))
            return absolute;
        cells.AddError(column, $"The file '{path}' does not exist ({absolute}).");
        return null;
    }

    private enum Direction
    {
        Forwards,
        Backwards,
    }
}
