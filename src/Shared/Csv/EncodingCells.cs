using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>Parses the cells that determine the encoding of a clip's frames and audio.</summary>
internal static class EncodingCells
{
    private static readonly OutputSettings Defaults = OutputSettings.Default;

    public static OutputSettings Read(RowCells cells) => new()
    {
        Encoder = cells.Parsed<VideoEncoderKind>(CsvColumns.VideoEncoder, Defaults.Encoder, OutputSettingsRules.Encoder),
        Crf = (int)(cells.Integer(CsvColumns.Crf, Defaults.Crf, OutputSettingsRules.Crf) ?? Defaults.Crf),
        Preset = cells.Parsed<X264Preset>(CsvColumns.EncoderPreset, Defaults.Preset, OutputSettingsRules.Preset),
        AudioBitrate = cells.Parsed<int>(CsvColumns.AudioBitrate, Defaults.AudioBitrate, OutputSettingsRules.AudioBitrate),
        AudioFilter = cells.Parsed<string>(CsvColumns.AudioFilter, Defaults.AudioFilter, AudioFilterChain.Read),
    };
}
