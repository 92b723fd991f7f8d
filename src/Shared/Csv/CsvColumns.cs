namespace MlxVideo.Shared.Csv;

/// <summary>The header of a batch's CSV: the positions of the known columns.</summary>
internal sealed class CsvColumns
{
    public const string Prompt = "prompt";
    public const string NegativePrompt = "negative_prompt";
    public const string EnhancePrompt = "enhance_prompt";
    public const string MaxTokens = "max_tokens";
    public const string Temperature = "temperature";
    public const string Pipeline = "pipeline";
    public const string Width = "width";
    public const string Height = "height";
    public const string NumFrames = "num_frames";
    public const string PartFrames = "part_frames";
    public const string OverlapFrames = "overlap_frames";
    public const string Fps = "fps";
    public const string Seed = "seed";
    public const string Audio = "audio";
    public const string Steps = "steps";
    public const string CfgScale = "cfg_scale";
    public const string AudioCfgScale = "audio_cfg_scale";
    public const string StgScale = "stg_scale";
    public const string ModalityScale = "modality_scale";
    public const string RescaleScale = "rescale_scale";
    public const string Image = "image";
    public const string ImageFrame = "image_frame";
    public const string ImageStrength = "image_strength";
    public const string ImageCrf = "image_crf";
    public const string ImageMode = "image_mode";
    public const string Video = "video";
    public const string VideoUse = "video_use";
    public const string ReferenceAttention = "reference_attention";
    public const string ReferenceMask = "reference_mask";
    public const string SkipPass2 = "skip_pass2";
    public const string Lora = "lora";
    public const string DistilledLora = "distilled_lora";
    public const string Source = "source";
    public const string Start = "start";
    public const string End = "end";
    public const string RegenerateVideo = "regenerate_video";
    public const string RegenerateAudio = "regenerate_audio";
    public const string Extend = "extend";
    public const string AudioFile = "audio_file";
    public const string AudioStart = "audio_start";
    public const string Distilled = "distilled";
    public const string Sampler = "sampler";
    public const string StgBlocks = "stg_blocks";
    public const string Stage1Steps = "stage1_steps";
    public const string Stage2Steps = "stage2_steps";
    public const string SigmaSubsample = "sigma_subsample";
    public const string Tiling = "tiling";
    public const string VideoEncoder = "video_encoder";
    public const string Crf = "crf";
    public const string EncoderPreset = "encoder_preset";
    public const string AudioBitrate = "audio_bitrate";
    public const string AudioFilter = "audio_filter";
    public const string Output = "output";
    public const string Priority = "priority";
    public const string Deadline = "deadline";
    public const string Preempt = "preempt";
    public const string Tag = "tag";
    public const string Model = "model";

    /// <summary>All columns, in the order of the documentation.</summary>
    public static readonly IReadOnlyList<string> Known =
    [
        Prompt, NegativePrompt, EnhancePrompt, MaxTokens, Temperature, Pipeline, Width, Height, NumFrames, PartFrames, OverlapFrames, Fps,
        Seed, Audio, Steps, CfgScale, AudioCfgScale, StgScale, ModalityScale, RescaleScale, StgBlocks, Sampler, Distilled, Stage1Steps,
        Stage2Steps, SigmaSubsample, Image, ImageFrame, ImageStrength, ImageMode, ImageCrf, Video, VideoUse, ReferenceAttention,
        ReferenceMask, SkipPass2, Lora, DistilledLora, Source, Start, End, RegenerateVideo, RegenerateAudio, Extend, AudioFile,
        AudioStart, Tiling, VideoEncoder, Crf, EncoderPreset, AudioBitrate, AudioFilter, Output, Priority, Deadline, Preempt, Tag, Model,
    ];

    /// <summary>Other names of columns: those of mlx-video's options.</summary>
    private static readonly IReadOnlyDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["frame_rate"] = Fps,
        ["num_inference_steps"] = Steps,
        ["cfg_guidance_scale"] = CfgScale,
        ["guidance_scale"] = CfgScale,
        ["image_frame_idx"] = ImageFrame,
        ["conditioning_mode"] = ImageMode,
        ["video_conditioning"] = Video,
        ["lora_path"] = Lora,
        ["output_path"] = Output,
    };

    private static readonly char[] BetweenWords = [' ', '\t', '\u00A0', '-', '_'];

    private readonly Dictionary<string, int> _places = [];

    /// <summary>Reads a header and adds its errors to <paramref name="errors"/>.</summary>
    public CsvColumns(CsvRecord header, CsvDialect dialect, ICollection<CsvError> errors)
    {
        SeparatorName = dialect.SeparatorName;
        Count = Array.FindLastIndex(header.Fields, name => !string.IsNullOrWhiteSpace(name)) + 1;
        var unreadable = header.Fault ?? (header.Fields is [var only] && only.AsSpan().ContainsAny(',', ';', '\t')
            ? $"The columns are not separated by {SeparatorName}: correct or delete the line 'sep='."
            : null);
        if (unreadable is not null)
        {
            IsUnreadable = true;
            errors.Add(new CsvError(header.Line, null, unreadable));
            return;
        }

        for (var place = 0; place < Count; place++)
        {
            var written = header.Fields[place];
            var name = Normalize(written);
            name = Aliases.GetValueOrDefault(name, name);
            if (name.Length == 0)
                errors.Add(new CsvError(header.Line, null, $"Column {place + 1} has no name: name it or delete it."));
            else if (!Known.Contains(name))
                errors.Add(new CsvError(header.Line, written.Trim(), UnknownColumn(written, name)));
            else if (!_places.TryAdd(name, place))
                errors.Add(
                    new CsvError(
                        header.Line, name, $"The column is duplicated (columns {_places[name] + 1} and {place + 1}): delete one."));
        }

        if (!Has(Prompt))
            errors.Add(new CsvError(header.Line, Prompt, "The column is missing: every row needs a prompt."));
    }

    /// <summary>Number of columns, excluding trailing ones without a name.</summary>
    public int Count { get; }

    /// <summary>Name of the column separator for use in a sentence.</summary>
    public string SeparatorName { get; }

    /// <summary>True when the header is not a list of columns and the rows cannot be interpreted.</summary>
    public bool IsUnreadable { get; }

    /// <summary>True when the file has a column.</summary>
    public bool Has(string column) => _places.ContainsKey(column);

    /// <summary>Returns a record's value in a column; empty when the file lacks the column or the row ends before it.</summary>
    public string Value(CsvRecord record, string column) =>
        _places.TryGetValue(column, out var place) && place < record.Fields.Length ? record.Fields[place] : "";

    /// <summary>Normalizes a column name: <c>Num Frames</c> and <c>num-frames</c> become <c>num_frames</c>.</summary>
    public static string Normalize(string name) =>
        string.Join('_', name.Trim('\uFEFF').Split(BetweenWords, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToLowerInvariant();

    private static string UnknownColumn(string written, string name)
    {
        written = written.Trim();
        var nearest = Known.MinBy(known => EditDistance(known, name))!;
        return EditDistance(nearest, name) <= Math.Max(2, nearest.Length / 3)
            ? $"Unknown column '{written}': did you mean '{nearest}'?"
            : $"Unknown column '{written}': the columns are {string.Join(", ", Known)}.";
    }

    /// <summary>Levenshtein distance.</summary>
    private static int EditDistance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            previous = current;
        }

        return previous[b.Length];
    }
}
