using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The parts of a model that are in memory: each is loaded when a stage first asks for it and kept until the
/// <see cref="ResidencyPolicy"/> wants its room for another: a part may be used until another one is asked for. Not safe for concurrent use.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="compute">Where and how the parts compute.</param>
/// <param name="policy">How much memory they may take.</param>
/// <param name="options">Adapters and quantisation; null for weights as they are.</param>
public sealed class ModelCache(ModelFolder model, ComputeOptions compute, ResidencyPolicy policy, LoadOptions? options = null) : IDisposable
{
    private readonly ModelLoader _loader = new(model, compute, options);

    private readonly Lazy<(long All, long LargestBlock)> _transformerBytes = new(() => new ModelLoader(model, compute, options).TransformerBytes());

    // Least recently used first.
    private readonly List<LoadedPart> _loaded = [];

    /// <summary>What the parts are like.</summary>
    public ModelConfigs Configs => model.Configs;

    /// <summary>Where and how the parts compute.</summary>
    public ComputeOptions Compute => compute;

    /// <summary>From prompts to contexts: tokenizer, Gemma, connectors.</summary>
    public PromptEncoder PromptEncoder =>
        Part(() => _loader.BytesOf(model.GemmaFiles, CheckpointPart.Gemma) + _loader.BytesOf(model.CheckpointFiles, CheckpointPart.Connectors), _loader.LoadPromptEncoder);

    /// <summary>The diffusion transformer; its blocks are streamed when they do not fit.</summary>
    public LtxTransformer Transformer
    {
        get
        {
            var (all, block) = _transformerBytes.Value;
            return policy.BlockWindow(all, block, Configs.Transformer.Layers) is { } window
                ? Part(() => Math.Min(all, policy.WeightBudget), () => _loader.LoadStreamedTransformer(window))
                : Part(() => all, _loader.LoadTransformer);
        }
    }

    /// <summary>The video VAE's encoder.</summary>
    public VideoEncoder VideoEncoder => Part(() => CheckpointBytes(CheckpointPart.VideoEncoder), _loader.LoadVideoEncoder);

    /// <summary>The video VAE's decoder.</summary>
    public VideoDecoder VideoDecoder => Part(() => CheckpointBytes(CheckpointPart.VideoDecoder), _loader.LoadVideoDecoder);

    /// <summary>The statistics that latents are normalised by.</summary>
    public ChannelStatistics Statistics => Part(() => CheckpointBytes(CheckpointPart.Statistics), _loader.LoadStatistics);

    /// <summary>The audio VAE's decoder.</summary>
    public AudioDecoder AudioDecoder => Part(() => CheckpointBytes(CheckpointPart.AudioDecoder), _loader.LoadAudioDecoder);

    /// <summary>The vocoder.</summary>
    public Vocoder Vocoder => Part(() => CheckpointBytes(CheckpointPart.Vocoder), _loader.LoadVocoder);

    /// <summary>The spatial upsampler.</summary>
    public LatentUpsampler Upsampler => Part(() => _loader.BytesOf([model.UpsamplerFile], CheckpointPart.WholeFile), _loader.LoadUpsampler);

    /// <inheritdoc/>
    public void Dispose()
    {
        _loaded.ForEach(part => part.Module.Dispose());
        _loaded.Clear();
    }

    private long CheckpointBytes(CheckpointPart part) => _loader.BytesOf(model.CheckpointFiles, part);

    private T Part<T>(Func<long> bytesOf, Func<T> load)
        where T : class, IDisposable
    {
        var name = typeof(T).Name;
        var index = _loaded.FindIndex(loaded => loaded.Name == name);
        if (index >= 0)
        {
            var known = _loaded[index];
            _loaded.RemoveAt(index);
            _loaded.Add(known);
            return (T)known.Module;
        }

        var bytes = bytesOf();
        foreach (var unload in policy.PartsToUnload(_loaded.Select(loaded => (loaded.Name, loaded.Bytes)).ToList(), bytes))
        {
            var gone = _loaded.Single(loaded => loaded.Name == unload);
            _loaded.Remove(gone);
            gone.Module.Dispose();
        }

        var module = load();
        _loaded.Add(new LoadedPart(name, bytes, module));
        return module;
    }

    private sealed record LoadedPart(string Name, long Bytes, IDisposable Module);
}
