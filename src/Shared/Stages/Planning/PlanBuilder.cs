using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// The stages of a plan under construction, in topological order. Denoise stages share one generator of noise, whose earlier draws each of
/// them records (docs/reference/pipelines.md, facts 1 to 3).
/// </summary>
internal sealed class PlanBuilder
{
    private const string EnhancedPrompt = "prompt.enhanced";
    private const string Context = "prompt.context";
    private const string NegativeContext = "negative-prompt.context";
    private const string Source = "source";
    private const string ClipName = "clip";

    private readonly List<Stage> _stages = [];
    private readonly Dictionary<string, BlobRef> _inputs = [];
    private readonly List<NoiseDraw> _draws = [];
    private readonly List<VideoItem> _videos = [];
    private readonly Dictionary<int, DenoiseStage> _previous = []; // of the previous part, by pass
    private readonly RenderSize _size;
    private readonly IReadOnlyList<ClipPart> _parts;
    private ClipPart _part;
    private bool _hasNegativeContext;
    private bool _hasEnhancedPrompt;

    public PlanBuilder(RenderSettings settings)
    {
        Settings = settings;
        _size = RenderSize.For(settings);
        _parts = ClipPart.Of(settings);
        _part = _parts[0];
        FullSize = new FrameSize(_size.Width, _size.Height);
        HalfSize = new FrameSize(_size.Width / 2, _size.Height / 2);
        FullOutput = new OutputArea(settings.Width, settings.Height, _size.CropLeft, _size.CropTop);
        // H.264 needs even sides.
        HalfOutput = new OutputArea(settings.Width / 4 * 2, settings.Height / 4 * 2, _size.CropLeft / 2, _size.CropTop / 2);
    }

    public RenderSettings Settings { get; }

    public FrameSize FullSize { get; }

    public FrameSize HalfSize { get; }

    public OutputArea FullOutput { get; }

    public OutputArea HalfOutput { get; }

    /// <summary>Guidance of denoise pass 1; null for distilled sampling.</summary>
    private GuidedSampling? Guided
    {
        get
        {
            if (!Settings.IsGuided)
                return null;
            var guided = Settings.Pipeline == PipelineKind.AudioToVideo
                ? Settings.Guided with { Audio = GuidanceSettings.None }
                : Settings.Guided;
            return AudioTokens == 0 ? guided.WithoutAudio()
                : Settings.Pipeline == PipelineKind.TextToAudio ? guided.WithoutVideo()
                : guided;
        }
    }

    /// <summary>Number of audio tokens; 0 for a clip without audio, or too short to have any.</summary>
    private int AudioTokens => Settings.Audio ? AudioLatentSize.FramesForVideo(Settings.NumFrames, Settings.Fps) : 0;

    /// <summary>Adds the encoding of the prompt, enhanced if the settings ask for it.</summary>
    public void EncodePrompt()
    {
        if (Settings.Enhancement is not { } enhancement)
        {
            _stages.Add(new EncodePromptStage { Id = EncodePromptStage.KindId, Prompt = Settings.Prompt, Context = Context });
            return;
        }

        _stages.Add(new EnhancePromptStage
        {
            Id = EnhancePromptStage.KindId,
            Prompt = Settings.Prompt,
            HasImages = Settings.Images.Count > 0,
            MaxTokens = enhancement.MaxTokens,
            Temperature = enhancement.Temperature,
            Seed = enhancement.Temperature == 0 ? null : Settings.Seed,
            EnhancedPrompt = EnhancedPrompt,
        });
        _hasEnhancedPrompt = true;
        _stages.Add(new EncodePromptStage { Id = EncodePromptStage.KindId, EnhancedPrompt = EnhancedPrompt, Context = Context });
    }

    /// <summary>Adds the prompt, and the negative prompt if guidance needs it.</summary>
    public void EncodePrompts()
    {
        EncodePrompt();
        if (Guided?.Evaluations.Contains(GuidanceEvaluation.Unconditional) != true)
            return;
        _hasNegativeContext = true;
        _stages.Add(new EncodePromptStage
        {
            Id = $"{EncodePromptStage.KindId}-negative",
            Prompt = Settings.NegativePrompt ?? NegativePrompts.Official,
            Context = NegativeContext,
        });
    }

    /// <summary>Adds the stages of all parts, which the methods below plan for one part, and returns the final latents.</summary>
    /// <param name="render">Adds the stages of a part and returns those that write its final video and audio.</param>
    public IReadOnlyList<PartLatents> RenderParts(Func<(DenoiseStage Video, DenoiseStage Audio)> render)
    {
        var latents = new List<PartLatents>();
        var before = _stages.Count;
        foreach (var part in _parts)
        {
            _part = part;
            _draws.Clear(); // each part has a seed of its own
            var (video, audio) = render();
            latents.Add(new PartLatents(part, video.Latent, audio.AudioLatent));
        }

        // A pass does not depend on later passes of earlier parts: one machine loads components and adapters once per pass, not per part.
        var byPass = _stages.Skip(before).OrderBy(PassOf).ToList();
        _stages.RemoveRange(before, byPass.Count);
        _stages.AddRange(byPass);
        return latents;

        static double PassOf(Stage stage) => stage switch
        {
            DenoiseStage denoise => denoise.PassIndex,
            UpsampleStage => 1.5,
            _ => 0,
        };
    }

    /// <summary>Returns the final latents of a clip that is always rendered at once.</summary>
    public IReadOnlyList<PartLatents> Whole(string video, string? audio = null) => [new PartLatents(_part, video, audio)];

    /// <summary>Adds the encoding of the part's conditioning images, for each pass at its size.</summary>
    /// <param name="sizes">Sizes of denoise passes 1 and 2.</param>
    public void EncodeImages(params IReadOnlyList<FrameSize> sizes)
    {
        var images = Settings.Images.Index().Where(image => _part.Owns(image.Item.Frame)).ToList();
        if (images.Count == 0)
            return;
        _stages.Add(new EncodeConditioningStage
        {
            Id = _part.Name(EncodeConditioningStage.KindId),
            Images = images.Select(image => Input($"image.{image.Index}", image.Item.Image)).ToList(),
            ImageCrf = Settings.ImageCrf,
            Targets = sizes.Select((size, index) => new ConditioningTarget(size.Width, size.Height, ConditioningOf(index + 1))).ToList(),
        });
    }

    /// <summary>Adds the encoding of the conditioning videos, which denoise pass 1 alone uses.</summary>
    public void EncodeVideos(FrameSize size)
    {
        for (var index = 0; index < Settings.Videos.Count; index++)
            _videos.Add(EncodeVideo(index, Settings.Videos[index], size));
    }

    /// <summary>Adds the encoding of the first frames of the source video.</summary>
    public EncodeVideoStage EncodeSource(int numFrames)
    {
        var source = Settings.Source!;
        var scale = Settings.Pipeline == PipelineKind.Upscale ? Upscaling.FactorOf(Settings) : 1;
        var size = new FrameSize((int)(_size.Width / scale), (int)(_size.Height / scale));
        // Padding keeps the geometry of a video that is rendered at its own size.
        var keepsSize = source.Width * scale == Settings.Width && source.Height * scale == Settings.Height;
        return Add(new EncodeVideoStage
        {
            Id = $"{EncodeVideoStage.KindId}-source",
            Video = Input(Source, source.Blob),
            Width = size.Width,
            Height = size.Height,
            NumFrames = numFrames,
            Fit = keepsSize ? FrameFit.Pad : FrameFit.Cover,
            Latent = $"{Source}.video",
        });
    }

    /// <summary>Adds the encoding of the source video's audio.</summary>
    /// <param name="numFrames">Number of frames that it accompanies.</param>
    /// <param name="keepSamples">True to keep the samples instead of their latent.</param>
    public EncodeAudioStage EncodeSourceAudio(int numFrames, bool keepSamples) => Add(new EncodeAudioStage
    {
        Id = $"{EncodeAudioStage.KindId}-source",
        File = Input(Source, Settings.Source!.Blob),
        Seconds = numFrames / Settings.Fps,
        LatentFrames = AudioLatentSize.FramesForVideo(numFrames, Settings.Fps),
        MayBeShorter = true,
        Latent = keepSamples ? null : $"{Source}.audio",
        Audio = keepSamples ? "sound" : null,
    });

    /// <summary>Adds the encoding of the audio that the video is rendered for.</summary>
    public EncodeAudioStage EncodeSoundtrack() => Add(new EncodeAudioStage
    {
        Id = EncodeAudioStage.KindId,
        File = Input("soundtrack", Settings.Soundtrack!.Blob),
        Start = Settings.Soundtrack.Start,
        // Frames of the spectrogram at the end of the samples differ from those inside, so the samples go on after the clip's end.
        Seconds = (Settings.NumFrames / Settings.Fps) + 1,
        LatentFrames = AudioTokens,
        Latent = "soundtrack.latent",
        Audio = "sound",
    });

    /// <summary>Adds a denoise stage.</summary>
    /// <param name="configure">Adds what the pipeline starts from; noise alone by default.</param>
    public DenoiseStage Denoise(int passIndex, FrameSize size, Func<DenoiseStage, DenoiseStage>? configure = null)
    {
        var guided = passIndex == 1 ? Guided : null;
        var images = Settings.Images.Where(image => _part.Owns(image.Frame)).ToList();
        var previous = _previous.GetValueOrDefault(passIndex);
        var stage = new DenoiseStage
        {
            Id = _part.Name($"{DenoiseStage.KindId}-{passIndex}"),
            PassIndex = passIndex,
            Sigmas = guided is not null ? null : Sigmas(passIndex),
            Guided = guided,
            Sampler = guided is not null || Settings.Pipeline == PipelineKind.TwoStageHq ? Settings.EffectiveSampler : SamplerKind.Euler,
            Adapters = AdaptersOf(passIndex),
            Width = size.Width,
            Height = size.Height,
            NumFrames = _part.NumFrames,
            AudioFrames = _parts.Count > 1 && AudioTokens > 0 ? _part.AudioFrames : null,
            Fps = Settings.Fps,
            Seed = _part.Seed(Settings.Seed),
            EarlierDraws = [.. _draws],
            Items = images.Select(image => new ConditioningItem(image.Frame - _part.FrameStart, image.Strength, MethodOf(image))).ToList(),
            Videos = passIndex == 1 ? [.. _videos] : [],
            Context = Context,
            NegativeContext = guided is not null && _hasNegativeContext ? NegativeContext : null,
            Conditioning = images.Count > 0 ? ConditioningOf(passIndex) : null,
            Continued = previous is null
                ? null
                : new LatentRange(previous.Latent, previous.Size.Frames - _part.KeptFrames, _part.KeptFrames),
            ContinuedAudio = previous?.AudioLatent is { } audio && _part.KeptAudioFrames > 0
                ? new LatentRange(audio, previous.AudioTokens - _part.KeptAudioFrames, _part.KeptAudioFrames)
                : null,
            Latent = _part.Name($"pass{passIndex}.latent"),
            AudioLatent = AudioTokens > 0 ? _part.Name($"pass{passIndex}.audio") : null,
        };
        stage = configure?.Invoke(stage) ?? stage;

        // Video is drawn before audio, and also a modality that is kept.
        if (!stage.AudioOnly)
            _draws.Add(new NoiseDraw(Modality.Video, stage.Tokens));
        if (stage.AudioLatent is not null)
            _draws.Add(new NoiseDraw(Modality.Audio, stage.AudioTokens));
        _previous[passIndex] = stage;
        return Add(stage);
    }

    /// <summary>Adds the upsampling of denoise pass 1 and the refinement in pass 2.</summary>
    public DenoiseStage Refine(DenoiseStage first)
    {
        var upsampled = Upsample(first.Latent);
        return Denoise(2, FullSize, stage => stage with
        {
            Initial = upsampled,
            InitialAudio = first.KeepsAudio ? first.InitialAudio : first.AudioLatent,
            KeepsAudio = first.KeepsAudio,
        });
    }

    /// <summary>Adds the upsampling of a latent and returns the result's artefact.</summary>
    public string Upsample(string latent, double factor = Upscaling.DefaultFactor) => Add(new UpsampleStage
    {
        Id = _part.Name(UpsampleStage.KindId),
        NumFrames = _part.NumFrames,
        Latent = latent,
        Factor = factor,
        Upsampled = _part.Name("pass2.initial"),
    }).Upsampled;

    /// <summary>Adds the decoding of the audio and returns the artefact of the samples; null for a clip without audio.</summary>
    public string? DecodeAudio(IReadOnlyList<PartLatents> parts)
    {
        var latents = parts.Select(part => part.OwnAudio).OfType<LatentRange>().ToList();
        return latents.Count == 0
            ? null
            : Add(new DecodeAudioStage { Id = DecodeAudioStage.KindId, Latents = latents, Audio = "sound" }).Audio;
    }

    /// <summary>Adds the decoding of the video latents and the muxing.</summary>
    /// <param name="sound">Artefact: the samples; null for a silent clip.</param>
    public StagePlan Finish(OutputArea output, IReadOnlyList<PartLatents> parts, string? sound) =>
        Mux(output, DecodeVideo.Add(_stages, Settings, parts), sound);

    /// <summary>Adds the writing of audio without a video.</summary>
    /// <param name="sound">Artefact: the samples.</param>
    public StagePlan FinishAudio(string sound) => Mux(FullOutput, [], sound);

    private StagePlan Mux(OutputArea output, IReadOnlyList<string> tiles, string? sound)
    {
        _stages.Add(new MuxStage
        {
            Id = MuxStage.KindId,
            Width = output.Width,
            Height = output.Height,
            CropLeft = output.CropLeft,
            CropTop = output.CropTop,
            Fps = Settings.Fps,
            Settings = Settings,
            Tiles = tiles,
            Audio = sound,
            EnhancedPrompt = _hasEnhancedPrompt ? EnhancedPrompt : null,
            Clip = ClipName,
        });
        return new StagePlan(_stages, _inputs, ClipName);
    }

    private string ConditioningOf(int passIndex) => _part.Name($"pass{passIndex}.conditioning");

    private T Add<T>(T stage)
        where T : Stage
    {
        _stages.Add(stage);
        return stage;
    }

    private string Input(string name, BlobRef blob)
    {
        _inputs[name] = blob;
        return name;
    }

    private IReadOnlyList<float> Sigmas(int passIndex)
    {
        var table = DistilledSigmas.ForPass(passIndex);
        return SigmaSubsampling.Take(
            table, (passIndex == 1 ? Settings.Pass1Steps : Settings.Pass2Steps) ?? table.Count - 1, Settings.SigmaSubsampling);
    }

    private ConditioningMethod MethodOf(ImageConditioning image) => Settings.ImageMode switch
    {
        ConditioningMode.Replace => ConditioningMethod.Replace,
        ConditioningMode.Guide => ConditioningMethod.Append,
        _ => image.Frame == 0 && Settings.Pipeline != PipelineKind.Keyframes ? ConditioningMethod.Replace : ConditioningMethod.Append,
    };

    /// <summary>In-context adapters make pass 1 follow the references; pass 2 refines with the plain model.</summary>
    private List<StageAdapter> AdaptersOf(int passIndex)
    {
        var adapters = new List<StageAdapter>();
        for (var index = 0; index < Settings.Adapters.Count; index++)
        {
            var adapter = Settings.Adapters[index];
            if (adapter.AppliesTo(passIndex) && !(Settings.Pipeline == PipelineKind.IcLora && passIndex == 2
                && adapter.Passes == AdapterPasses.Both))
                adapters.Add(new StageAdapter(Input($"adapter.{index}", adapter.File), adapter.Strength));
        }

        return adapters;
    }

    private VideoItem EncodeVideo(int index, VideoConditioning conditioning, FrameSize size)
    {
        var isReference = conditioning.Use == VideoUse.Reference;
        var downscale = isReference ? Settings.Adapters.Select(Downscale).DefaultIfEmpty(1).Max() : 1;
        var step = isReference ? Settings.Adapters.Select(TemporalScale).DefaultIfEmpty(1).Max() : 1;
        var available = Math.Min(conditioning.Video.Frames, Settings.NumFrames - (isReference ? 0 : conditioning.Frame));
        var frames = VideoFile.RoundDown(1 + ((available - 1) / step));
        var (width, height) = (size.Width / downscale, size.Height / downscale);
        var mask = isReference ? Settings.ReferenceMask : null;
        var encode = Add(new EncodeVideoStage
        {
            Id = $"{EncodeVideoStage.KindId}-{index}",
            Video = Input($"video.{index}", conditioning.Video.Blob),
            Width = width,
            Height = height,
            NumFrames = frames,
            FrameStep = step,
            Mask = mask is null ? null : Input("reference-mask", mask.Blob),
            MaskFrames = mask is null ? 0 : Math.Min(mask.Frames, Settings.NumFrames),
            Latent = $"video.{index}.latent",
        });
        return new VideoItem
        {
            Latent = encode.Latent,
            Size = LatentSize.ForPixels(frames, width, height),
            Use = conditioning.Use,
            Frame = isReference ? 0 : conditioning.Frame,
            Strength = conditioning.Strength,
            DownscaleFactor = downscale,
            TemporalScaleFactor = step,
            AttentionStrength = isReference ? Settings.ReferenceAttention : 1,
            HasMask = mask is not null,
        };

        static int Downscale(ClipAdapter adapter) => adapter.ReferenceDownscale;
        static int TemporalScale(ClipAdapter adapter) => adapter.ReferenceTemporalScale;
    }
}
