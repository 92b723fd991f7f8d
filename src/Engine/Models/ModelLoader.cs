using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers.Streaming;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Tokenization;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using TorchSharp;

namespace MlxVideo.Engine.Models;

/// <summary>Loads the components of a model from its files, each strictly: no key may be missing or left over.</summary>
/// <param name="options">Adapters and quantization; null for unchanged weights.</param>
public sealed class ModelLoader(ModelFolder model, ComputeOptions compute, LoadOptions? options = null)
{
    private readonly LoadOptions _options = options ?? LoadOptions.AsStored;

    private static readonly LayerKeys TransformerBlocks = new($"{LtxTransformer.KeyPrefix}.{LtxTransformer.BlocksKey}");

    /// <summary>Loads the tokenizer, text encoder and connectors.</summary>
    /// <param name="window">Maximum number of the text encoder's layers in memory; null for all.</param>
    public PromptEncoder LoadPromptEncoder(int? window = null)
    {
        var tokenizer = Tokenizer.Load(model.TokenizerFile);
        var gemma = window is { } layers ? LoadStreamedGemma(layers) : LoadGemma();
        try
        {
            return FromCheckpoint(CheckpointSection.Connectors, root => model.Configs.BuildPromptEncoder(root, tokenizer, gemma));
        }
        catch
        {
            gemma.Dispose();
            throw;
        }
    }

    public LtxTransformer LoadTransformer() =>
        Load(model.CheckpointFiles, CheckpointSection.Transformer, model.Configs.BuildTransformer, model.TransformerQuantization);

    /// <summary>
    /// Loads the diffusion transformer without its blocks; the first ones are kept once read, the others are read whenever needed.
    /// </summary>
    /// <param name="window">Maximum number of blocks in memory.</param>
    public LtxTransformer LoadStreamedTransformer(int window)
    {
        // Check strictly before the first block is read; otherwise a fault would surface in the middle of a clip.
        OnMeta().LoadTransformer().Dispose();
        var config = model.Configs.Transformer;
        return LoadStreamed(
            model.CheckpointFiles, CheckpointSection.Transformer, model.TransformerQuantization, _ =>
                TransformerBlocks, config.Layers, window,
            (scope, index) => new TransformerBlock(scope, config, index), model.Configs.BuildTransformer);
    }

    /// <summary>Returns the size in memory of a component that can be streamed; null for others. Inspects only keys and shapes.</summary>
    public StreamableSize? StreamableSizeOf(ModelComponent component) => component switch
    {
        ModelComponent.Transformer => TransformerSize(),
        ModelComponent.TextEncoder => GemmaSize(),
        _ => null,
    };

    /// <summary>Loads the video VAE's encoder.</summary>
    public VideoEncoder LoadVideoEncoder() => FromCheckpoint(CheckpointSection.VideoEncoder, model.Configs.BuildVideoEncoder);

    /// <summary>Loads the video VAE's decoder.</summary>
    public VideoDecoder LoadVideoDecoder() => FromCheckpoint(CheckpointSection.VideoDecoder, model.Configs.BuildVideoDecoder);

    /// <summary>Loads the statistics that normalise latents.</summary>
    public ChannelStatistics LoadStatistics() => FromCheckpoint(CheckpointSection.Statistics, model.Configs.BuildStatistics);

    /// <summary>Loads the audio VAE's encoder, in float32.</summary>
    public AudioEncoder LoadAudioEncoder() => ForSound.FromCheckpoint(CheckpointSection.AudioEncoder, model.Configs.BuildAudioEncoder);

    /// <summary>Loads the audio VAE's decoder, in float32.</summary>
    public AudioDecoder LoadAudioDecoder() => ForSound.FromCheckpoint(CheckpointSection.AudioDecoder, model.Configs.BuildAudioDecoder);

    /// <summary>Loads the vocoder, in float32.</summary>
    public Vocoder LoadVocoder() => ForSound.FromCheckpoint(CheckpointSection.Vocoder, model.Configs.BuildVocoder);

    /// <summary>Returns the loads of the model's latent upsamplers.</summary>
    public IEnumerable<Func<LatentUpsampler>> UpsamplerLoads() => model.UpsamplerFiles.Zip(
        model.Configs.Upsamplers,
        (file, config) => new Func<LatentUpsampler>(
            () => Load([file], CheckpointSection.WholeFile, root => ModelConfigs.BuildUpsampler(root, config))));

    /// <summary>
    /// Checks keys and shapes of every component needed for rendering, and the tokenizer, without reading weights. Damaged
    /// or foreign files are thus found before a stage runs. Checkpoint keys that belong to no section are rejected too.
    /// </summary>
    /// <exception cref="CheckpointException">Lists missing, misshapen and surplus keys.</exception>
    public static void Check(ModelFolder model, LoadOptions? options = null)
    {
        if (options?.Quantization is not null)
            RequireNoDora(options.Adapters);

        // Adapters can be checked without weights, but quantization would read them.
        var loader = new ModelLoader(model, ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device }, options is null
            ? null
            : options with { Quantization = null });
        Func<IDisposable>[] loads =
        [
            () => loader.LoadPromptEncoder(), loader.LoadTransformer, loader.LoadVideoEncoder, loader.LoadVideoDecoder,
            loader.LoadStatistics, .. loader.UpsamplerLoads(),
        ];
        if (model.Configs.HasAudio)
            loads = [.. loads, loader.LoadAudioEncoder, loader.LoadAudioDecoder, loader.LoadVocoder];
        foreach (var load in loads)
            load().Dispose();
        using var checkpoint = WeightFiles.Open(model.CheckpointFiles, asReleased: true);
        new CheckpointWeights(checkpoint, readData: false).RequireAllUsed(CheckpointSection.IsKnown);
    }

    /// <summary>Returns the bytes in memory of a fully loaded component; inspects only keys and shapes.</summary>
    public long BytesOf(ModelComponent component) => component switch
    {
        ModelComponent.TextEncoder or ModelComponent.Transformer => StreamableSizeOf(component)!.All,
        ModelComponent.VideoEncoder => BytesOf(model.CheckpointFiles, CheckpointSection.VideoEncoder),
        // The statistics loaded with it are a few kilobytes.
        ModelComponent.Upsampler => model.UpsamplerFiles.Sum(file => BytesOf([file], CheckpointSection.WholeFile)),
        ModelComponent.VideoDecoder => BytesOf(model.CheckpointFiles, CheckpointSection.VideoDecoder),
        ModelComponent.AudioDecoder =>
            ForSound.BytesOf(model.CheckpointFiles, CheckpointSection.AudioDecoder)
                + ForSound.BytesOf(model.CheckpointFiles, CheckpointSection.Vocoder),
        ModelComponent.AudioEncoder => ForSound.BytesOf(model.CheckpointFiles, CheckpointSection.AudioEncoder),
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, "Unknown component."),
    };

    private static void RequireNoDora(IEnumerable<AdapterFile> adapters)
    {
        foreach (var file in adapters)
        {
            using var adapter = LoraAdapter.Open(file.Path);
            if (adapter.Layers.Any(layer => layer.Magnitude is not null))
                throw LoraWeights.UnsuitableForDora(file.Path);
        }
    }

    private GemmaModel LoadGemma() =>
        Load(model.GemmaFiles, CheckpointSection.Gemma, model.Configs.BuildGemma, QuantizationConfig.Find(model.Configs.Gemma));

    private GemmaModel LoadStreamedGemma(int window)
    {
        OnMeta().LoadGemma().Dispose();
        var config = GemmaConfig.Parse(model.Configs.Gemma);
        return LoadStreamed(
            model.GemmaFiles, CheckpointSection.Gemma, QuantizationConfig.Find(model.Configs.Gemma), GemmaLayers, config.Layers, window,
            (scope, _) => new GemmaLayer(scope, config), model.Configs.BuildGemma);
    }

    private ModelLoader OnMeta() => new(model, compute with { Device = ShapeOnlyWeights.Device }, options);

    private static LayerKeys GemmaLayers(WeightScope root) => new($"{GemmaKeys.PrefixIn(root)}.{GemmaKeys.Layers}");

    private TModel LoadStreamed<TModel, TLayer>(
        IReadOnlyList<string> paths, CheckpointSection section, QuantizationConfig? stated, Func<WeightScope, LayerKeys> keysOf, int count,
        int window, Func<WeightScope, int, TLayer> buildLayer, Func<WeightScope, ILayerSequence<TLayer>, TModel> build)
        where TLayer : class, IDisposable
    {
        var files = new SectionFiles(paths, section, _options, stated);
        try
        {
            var root = new WeightScope(files.NewSource(readData: true).Weights, compute);
            var keys = keysOf(root);
            var requests = Enumerable.Range(0, count)
                .Select(index => RequestsOf(keys.KeyOf(index), scope => buildLayer(scope, index))).ToList();
            var layers = new StreamedLayers<TLayer>(
                count, window, compute.Device, index => new PrefetchedWeights(files.NewSource(readData: true).Weights, requests[index]),
                (weights, index) => buildLayer(new WeightScope(weights, compute, keys.KeyOf(index)), index), files);
            try
            {
                return build(root, layers);
            }
            catch
            {
                layers.Dispose();
                throw;
            }
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private IReadOnlyList<WeightRequest> RequestsOf<TLayer>(string prefix, Func<WeightScope, TLayer> build)
        where TLayer : IDisposable
    {
        var asked = new ShapeOnlyWeights();
        build(new WeightScope(asked, compute with { Device = ShapeOnlyWeights.Device }, prefix)).Dispose();
        return asked.Requests.ToList();
    }

    /// <summary>Off the CPU: a host buffer, its copy on the device, and the next layer on the host.</summary>
    private int InTransit => compute.Device.type == DeviceType.CPU ? 0 : 3;

    private StreamableSize TransformerSize()
    {
        var layers = model.Configs.Transformer.Layers;
        using var files = WeightFiles.Open(model.CheckpointFiles, asReleased: true);
        var adapters = _options.Placement == LoraPlacement.Separate
            ? _options.Adapters.Sum(adapter => LinkTarget.Of(adapter.Path).Length)
            : 0;
        return new StreamableSize(
            BytesOf(files, CheckpointSection.Transformer) + adapters,
            LargestLayer(files, CheckpointSection.Transformer, TransformerBlocks) + (adapters / layers), layers, InTransit);
    }

    private StreamableSize GemmaSize()
    {
        using var files = WeightFiles.Open(model.GemmaFiles, CheckpointSection.Gemma.HasReleasedKeys);
        var keys = GemmaLayers(new WeightScope(new CheckpointWeights(files, readData: false), compute));
        return new StreamableSize(
            BytesOf(files, CheckpointSection.Gemma) + BytesOf(model.CheckpointFiles, CheckpointSection.Connectors),
            LargestLayer(files, CheckpointSection.Gemma, keys), GemmaConfig.Parse(model.Configs.Gemma).Layers, InTransit);
    }

    private long LargestLayer(WeightFiles files, CheckpointSection section, LayerKeys keys) =>
        files.Keys.Where(key => keys.IndexOf(key) is not null).GroupBy(keys.IndexOf, key => Bytes(files, section, key))
            .Select(layer => layer.Sum()).DefaultIfEmpty().Max();

    private long BytesOf(IEnumerable<string> files, CheckpointSection section)
    {
        using var weights = WeightFiles.Open(files, section.HasReleasedKeys);
        return BytesOf(weights, section);
    }

    private long BytesOf(WeightFiles weights, CheckpointSection section) =>
        weights.Keys.Where(section.Owns).Sum(key => Bytes(weights, section, key));

    private long Bytes(WeightFiles files, CheckpointSection section, string key)
    {
        var entry = files.Find(key)!.Entry;
        if (StoredMatrices.StaysAsStored(files, key))
            return entry.Length;
        var elements = entry.Shape.Aggregate(1L, (product, size) => product * size);
        return section == CheckpointSection.Transformer && entry.Shape.Count == 2 && _options.Quantization is { } quantization
            && quantization.AppliesTo(key, entry.Shape[0], entry.Shape[1])
            ? (elements * quantization.Format.Bits / 8) + (2 * elements / quantization.Format.GroupSize * entry.Dtype.ElementSize())
            : elements * compute.Dtype.ElementSize();
    }

    /// <summary>
    /// Loader for the audio components. They are small, and Metal's 1-D convolutions fail on waveforms of more than 65 536 samples on
    /// older systems: they therefore compute in float32, and on a Mac on the CPU.
    /// </summary>
    private ModelLoader ForSound => new(
        model,
        compute.Device.type == DeviceType.MPS ? ComputeOptions.CpuFloat32 : compute with { Dtype = ComputeOptions.CpuFloat32.Dtype });

    private T FromCheckpoint<T>(CheckpointSection section, Func<WeightScope, T> build)
        where T : IDisposable =>
        Load(model.CheckpointFiles, section, build);

    private T Load<T>(IEnumerable<string> files, CheckpointSection section, Func<WeightScope, T> build, QuantizationConfig? stated = null)
        where T : IDisposable
    {
        using var opened = new SectionFiles(files, section, _options, stated);
        var source = opened.NewSource(readData: compute.Device.type != DeviceType.META);
        var module = build(new WeightScope(source.Weights, compute));
        try
        {
            source.RequireAllUsed();
        }
        catch
        {
            module.Dispose();
            throw;
        }

        return module;
    }
}
