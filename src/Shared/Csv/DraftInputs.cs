using System.Collections.Concurrent;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>Examines the files of all rows, each file once, and checks what depends on them.</summary>
internal static class DraftInputs
{
    /// <summary>Returns the drafts with settings that have the properties of their files; errors are added.</summary>
    public static List<RowDraft> Describe(List<RowDraft> drafts, IMediaProbe probe, List<CsvError> errors)
    {
        var images = ImageErrors(drafts, probe);
        var known = new KnownMedia(probe, drafts.SelectMany(draft => draft.Inputs.MediaPaths).Distinct());
        return drafts.Select(draft =>
        {
            errors.AddRange(draft.Inputs.Images.Select(image => image.Path).Where(images.ContainsKey).Distinct()
                .Select(path => new CsvError(draft.Line, CsvColumns.Image, images[path], draft.Row)));
            return Describe(draft, known, errors);
        }).ToList();
    }

    private static Dictionary<string, string> ImageErrors(List<RowDraft> drafts, IMediaProbe probe) =>
        drafts.SelectMany(draft => draft.Inputs.Images).Select(image => image.Path).Distinct().AsParallel()
            .Select(path => (Path: path, Error: probe.ImageError(path)))
            .Where(found => found.Error is not null).ToDictionary(found => found.Path, found => found.Error!);

    private static RowDraft Describe(RowDraft draft, KnownMedia known, List<CsvError> errors)
    {
        try
        {
            var settings = InputSettings.Describe(draft.Settings, draft.Inputs, known);
            errors.AddRange(PipelineRules.Check(settings).Concat(SourceErrors(settings)).Distinct()
                .Select(error => new CsvError(draft.Line, error.Setting, error.Reason, draft.Row)));
            return draft with { Settings = settings };
        }
        catch (InputException ex)
        {
            errors.Add(new CsvError(draft.Line, ex.Setting, ex.Message, draft.Row));
            return draft;
        }
    }

    /// <summary>Checks the values that were not in cells, because they are those of the source.</summary>
    private static IEnumerable<SettingError> SourceErrors(RenderSettings settings) => settings.Source is null
        ? []
        : RenderSettingsRules.Check(settings).Where(error => error.Setting is "width" or "height" or "num_frames" or "fps");

    /// <summary>Media files examined in parallel, ahead of the rows that use them.</summary>
    private sealed class KnownMedia : IMediaProbe
    {
        private readonly ConcurrentDictionary<string, (MediaProperties? Properties, IOException? Error)> _known = [];

        public KnownMedia(IMediaProbe probe, IEnumerable<string> paths) => paths.AsParallel().ForAll(path =>
        {
            try
            {
                _known[path] = (probe.Read(path), null);
            }
            catch (IOException ex)
            {
                _known[path] = (null, ex);
            }
        });

        public string? ImageError(string path) => null; // images are checked before

        public MediaProperties Read(string path) => _known[path].Properties ?? throw _known[path].Error!;
    }
}
