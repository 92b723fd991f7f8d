using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Tokenization;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Transformer.Streaming;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using TorchSharp;

namespace MlxVideo.Engine.Models;

/// <summary>Loads the components of a model from its files, each strictly: no key may be missing or left over.</summary>
/// <param name="options">Adapters and quantization; null for unchanged weights.</param>
public sealed class ModelLoader(ModelFolder model, ComputeOptions compute, LoadOptions? options = null)
{
    private readonly LoadOptions _options = options ?? LoadOptions.AsStored;

    /// <summary>Loads the tokenizer, text encoder and connectors.</summary>
    public PromptEncoder LoadPromptEncoder()
    {
        var tokenizer = Tokenizer.Load(model.TokenizerFile);
        var gemma = Load(model.GemmaFiles, CheckpointSection.Gemma, model.Configs.BuildGemma, QuantizationConfig.Find(model.Configs.Gemma));
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

    /// <summary>Loads the diffusion transformer without its blocks, which are read from the checkpoint on demand.</summary>
    /// <param name="window">Maximum number of blocks in memory.</param>
    public LtxTransformer LoadStreamedTransformer(int window)
    {
        var files = new SectionFiles(model.CheckpointFiles, CheckpointSection.Transformer, _options, model.TransformerQuantization);
        try
        {
            // Check strictly before the first block is read; otherwise a fault would surface in the middle of a clip.
            var onMeta = compute with { Device = ShapeOnlyWeights.Device };
            new ModelLoader(model, onMeta, options).LoadTransformer().Dispose();
            var asked = new ShapeOnlyWeights();
            model.Configs.BuildTransformer(new WeightScope(asked, onMeta)).Dispose();
            var requests = asked.Requests.ToLookup(request => StreamedBlocks.IndexOf(request.Key));

            var config = model.Configs.Transformer;
            var blocks = new StreamedBlocks(config, compute, window, index =>
                new PrefetchedWeights(files.NewSource(readData: true).Weights, requests[index]), files);
            return model.Configs.BuildTransformer(new WeightScope(files.NewSource(readData: true).Weights, compute), blocks);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Returns the bytes of the transformer in memory: all of it, and its largest block.</summary>
    public (long All, long LargestBlock) TransformerBytes()
    {
        using var files = WeightFiles.Open(model.CheckpointFiles, asReleased: true);
        var blocks = files.Keys.Where(key => StreamedBlocks.IndexOf(key) is not null)
            .GroupBy(StreamedBlocks.IndexOf, key => Bytes(files, CheckpointSection.Transformer, key));
        var beside = _options.Placement == LoraPlacement.Separate ? _options.Adapters.Sum(adapter => new FileInfo(adapter.Path).Length) : 0;
        return (BytesOf(model.CheckpointFiles, CheckpointSection.Transformer) + beside,
            blocks.Max(block => block.Sum()) + (beside / model.Configs.Transformer.Layers));
    }

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

    public LatentUpsampler LoadUpsampler() => Load([model.UpsamplerFile], CheckpointSection.WholeFile, model.Configs.BuildUpsampler);

    /// <summary>
    /// Checks keys and shapes of every component needed for rendering, and the tokenizer, without reading weights. Damaged
    /// or foreign files are thus found before a stage runs. Checkpoint keys that belong to no section are rejected too.
    /// </summary>
    /// <exception cref="CheckpointException">Lists missing, misshapen and surplus keys.</exception>
    public static void Check(ModelFolder model, LoadOptions? options = null)
    {
        // Adapters can be checked without weights, but quantization would read them.
        var loader = new ModelLoader(model, ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device }, options is null
            ? null
            : options with { Quantization = null });
        Func<IDisposable>[] loads =
        [
            loader.LoadPromptEncoder, loader.LoadTransformer, loader.LoadVideoEncoder, loader.LoadVideoDecoder, loader.LoadStatistics,
            loader.LoadUpsampler,
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
        ModelComponent.TextEncoder =>
            BytesOf(model.GemmaFiles, CheckpointSection.Gemma) + BytesOf(model.CheckpointFiles, CheckpointSection.Connectors),
        ModelComponent.Transformer => TransformerBytes().All,
        ModelComponent.VideoEncoder => BytesOf(model.CheckpointFiles, CheckpointSection.VideoEncoder),
        // The statistics loaded with it are a few kilobytes.
        ModelComponent.Upsampler => BytesOf([model.UpsamplerFile], CheckpointSection.WholeFile),
        ModelComponent.VideoDecoder => BytesOf(model.CheckpointFiles, CheckpointSection.VideoDecoder),
        ModelComponent.AudioDecoder =>
            ForSound.BytesOf(model.CheckpointFiles, CheckpointSection.AudioDecoder)
                + ForSound.BytesOf(model.CheckpointFiles, CheckpointSection.Vocoder),
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, "Unknown component."),
    };

    private long BytesOf(IEnumerable<string> files, CheckpointSection section)
    {
        using var weights = WeightFiles.Open(files, section.HasReleasedKeys);
        return weights.Keys.Where(section.Owns).Sum(key => Bytes(weights, section, key));
    }

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
