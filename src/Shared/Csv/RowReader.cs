using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>Parses records cell by cell; collects all errors and replaces invalid values by defaults.</summary>
internal sealed class RowReader(CsvColumns columns, string folder, TimeProvider time, ICollection<CsvError> errors, ShortRows shortRows)
{
    private static readonly RenderSettings Defaults = new() { Prompt = "" };

    /// <summary>Parses a record; returns null when its values can't be matched to columns.</summary>
    public RowDraft? Read(CsvRecord record, int row)
    {
        if ((record.Fault ?? TooManyValues(record)) is { } error)
        {
            errors.Add(new CsvError(record.Line, null, error, row));
            return null;
        }

        if (record.Fields.Length < columns.Count)
            shortRows.Add(record.Line);

        var cells = new RowCells(columns, record, row, errors);
        var numFrames = cells.Integer(CsvColumns.NumFrames, Defaults.NumFrames, RenderSettingsRules.NumFrames);
        var audio = cells.Boolean(CsvColumns.Audio, Defaults.Audio);
        var pipeline = Pipeline(cells);
        var settings = new RenderSettings
        {
            Prompt = cells.Text(CsvColumns.Prompt, text => columns.Has(CsvColumns.Prompt) ? RenderSettingsRules.Prompt(text) : null),
            NegativePrompt = cells.OptionalText(CsvColumns.NegativePrompt, RenderSettingsRules.NegativePrompt),
            Enhancement = Enhancement(cells),
            Pipeline = pipeline,
            Guided = Guided(cells, pipeline),
            Width = (int)(cells.Integer(CsvColumns.Width, Defaults.Width, RenderSettingsRules.Size) ?? Defaults.Width),
            Height = (int)(cells.Integer(CsvColumns.Height, Defaults.Height, RenderSettingsRules.Size) ?? Defaults.Height),
            NumFrames = (int)(numFrames ?? Defaults.NumFrames),
            PartFrames = cells.Trimmed(CsvColumns.PartFrames) is null
                ? null
                : (int?)cells.Integer(CsvColumns.PartFrames, 0, RenderSettingsRules.PartFrames),
            OverlapFrames = (int)(cells.Integer(CsvColumns.OverlapFrames, Defaults.OverlapFrames, RenderSettingsRules.OverlapFrames)
                ?? Defaults.OverlapFrames),
            Fps = cells.Number(CsvColumns.Fps, Defaults.Fps, value => RenderSettingsRules.Fps(value, numFrames ?? 0, audio))
                ?? Defaults.Fps,
            Seed = cells.Integer(CsvColumns.Seed, Defaults.Seed, RenderSettingsRules.Seed) ?? Defaults.Seed,
            ImageCrf = (int)(cells.Integer(CsvColumns.ImageCrf, Defaults.ImageCrf, RenderSettingsRules.ImageCrf) ?? Defaults.ImageCrf),
            Audio = audio,
            Tiling = cells.Parsed<TilingMode>(CsvColumns.Tiling, Defaults.Tiling, TilingModes.Read),
            Output = EncodingCells.Read(cells),
        };
        var more = new PipelineCells(cells, folder);
        settings = more.Apply(settings);
        return new RowDraft(
            row, record.Line, settings, more.Inputs(settings) with { Images = Images(cells, numFrames) }, Output(cells, settings),
            Constraints(cells), Model(cells));
    }

    private string? TooManyValues(CsvRecord record)
    {
        var values = Array.FindLastIndex(record.Fields, value => !string.IsNullOrWhiteSpace(value)) + 1;
        return values > columns.Count
            ? $"The row has {values} values, but the header has {columns.Count} columns: quote values that contain {columns.SeparatorName}."
            : null;
    }

    private static PromptEnhancement? Enhancement(RowCells cells)
    {
        var defaults = new PromptEnhancement();
        var enhancement = new PromptEnhancement
        {
            MaxTokens = (int)(cells.Integer(CsvColumns.MaxTokens, defaults.MaxTokens, RenderSettingsRules.MaxTokens) ?? defaults.MaxTokens),
            Temperature = cells.Number(CsvColumns.Temperature, defaults.Temperature, RenderSettingsRules.Temperature)
                ?? defaults.Temperature,
        };
        return cells.Boolean(CsvColumns.EnhancePrompt, false) ? enhancement : null;
    }

    private static PipelineKind Pipeline(RowCells cells)
    {
        if (cells.Trimmed(CsvColumns.Pipeline) is not { } name)
            return Defaults.Pipeline;
        cells.AddError(CsvColumns.Pipeline, RenderSettingsRules.Pipeline(name, out var pipeline));
        return pipeline;
    }

    private static GuidedSampling Guided(RowCells cells, PipelineKind pipeline)
    {
        var official = GuidedSampling.OfficialFor(pipeline);
        var (video, audio) = (official.Video, official.Audio);
        var guided = GuidedSampling.Of(
            (int)(cells.Integer(CsvColumns.Steps, official.Steps, RenderSettingsRules.Steps) ?? official.Steps),
            Scale(CsvColumns.CfgScale, video.CfgScale),
            Scale(CsvColumns.AudioCfgScale, audio.CfgScale),
            Scale(CsvColumns.StgScale, video.StgScale),
            Scale(CsvColumns.ModalityScale, video.ModalityScale),
            cells.Number(CsvColumns.RescaleScale, video.RescaleScale, RenderSettingsRules.RescaleScale) ?? video.RescaleScale);
        return cells.Trimmed(CsvColumns.RescaleScale) is null
            ? guided with { Audio = guided.Audio with { RescaleScale = audio.RescaleScale } }
            : guided;

        double Scale(string column, double empty) => cells.Number(column, empty, RenderSettingsRules.GuidanceScale) ?? empty;
    }

    private static string? Model(RowCells cells)
    {
        if (cells.Trimmed(CsvColumns.Model) is not { } model)
            return null;
        cells.AddError(CsvColumns.Model, ClipConstraintsRules.Model(model));
        return model;
    }

    private ClipConstraints Constraints(RowCells cells)
    {
        DateTimeOffset? deadline = null;
        if (cells.Trimmed(CsvColumns.Deadline) is { } text)
            cells.AddError(CsvColumns.Deadline, DeadlineCell.Read(text, time, out deadline));
        var tag = cells.Trimmed(CsvColumns.Tag);
        if (tag is not null)
            cells.AddError(CsvColumns.Tag, ClipConstraintsRules.Tag(tag));
        return new ClipConstraints((int)(cells.Integer(CsvColumns.Priority, 0, ClipConstraintsRules.Priority) ?? 0), deadline,
            cells.Boolean(CsvColumns.Preempt, false), tag);
    }

    private static string? Output(RowCells cells, RenderSettings settings)
    {
        if (cells.Trimmed(CsvColumns.Output) is not { } text)
            return null;
        var error = OutputPath.Normalize(text, out var path, settings.Extension);
        cells.AddError(CsvColumns.Output, error);
        return error is null ? path : null;
    }

    private List<ImageInput> Images(RowCells cells, long? numFrames)
    {
        // Frames are not checked against the clip when the frame or the clip's length is invalid.
        var defaultFrame = cells.Integer(CsvColumns.ImageFrame, 0, _ => null);
        var defaultStrength = cells.Number(CsvColumns.ImageStrength, 1, RenderSettingsRules.ImageStrength);
        var entries = FileCell.Read(cells.Raw(CsvColumns.Image), folder, "image", reason => cells.AddError(CsvColumns.Image, reason));
        cells.AddError(CsvColumns.Image, RenderSettingsRules.ImageCount(entries.Count));
        if (numFrames is { } frames && defaultFrame is { } given && entries.Any(entry => entry.Frame is null))
            cells.AddError(CsvColumns.ImageFrame, RenderSettingsRules.ImageFrame(given, frames));

        var images = new List<ImageInput>();
        foreach (var entry in entries)
        {
            if (numFrames is not null && entry.Frame is { } frame)
                cells.AddError(CsvColumns.Image, RenderSettingsRules.ImageFrame(frame, numFrames.Value));
            if (entry.Strength is { } strength)
                cells.AddError(CsvColumns.Image, RenderSettingsRules.ImageStrength(strength));
            images.Add(
                new ImageInput(
                    entry.Path, (int)Math.Clamp(entry.Frame ?? defaultFrame ?? 0, 0, RenderSettingsRules.MaxFrames),
                    entry.Strength ?? defaultStrength ?? 1));
        }

        return images;
    }
}
