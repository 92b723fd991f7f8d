using System.Diagnostics;
using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Engine.Vocoders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The resident components of a model. Each is loaded when a stage first requests it and kept until the <see cref="ResidencyPolicy"/>
/// needs its memory for another: a component may be used only until another one is requested. Not safe for concurrent use.
/// </summary>
/// <param name="options">Adapters and quantization; null for unchanged weights.</param>
public sealed class ModelCache(ModelFolder model, ComputeOptions compute, ResidencyPolicy policy, LoadOptions? options = null) : IDisposable
{
    private readonly ModelLoader _loader = new(model, compute, options);

    // In least-recently-used order.
    private readonly List<LoadedComponent> _loaded = [];

    /// <summary>
    /// Raised after a component was loaded, unloaded or became the most recently used one, on the thread that caused the change.
    /// </summary>
    public event Action<ComponentsChanged>? Changed;

    public ModelConfigs Configs => model.Configs;

    public ComputeOptions Compute => compute;

    public ComponentSizes Sizes => field ??= new ComponentSizes(_loader, model.Configs);

    /// <summary>Encodes prompts to contexts: tokenizer, Gemma and connectors.</summary>
    public PromptEncoder PromptEncoder => Use<PromptEncoder>(ModelComponent.TextEncoder);

    /// <summary>The diffusion transformer; its blocks are streamed when they do not fit.</summary>
    public LtxTransformer Transformer => Use<LtxTransformer>(ModelComponent.Transformer);

    public VideoEncoder VideoEncoder => Use<VideoEncoder>(ModelComponent.VideoEncoder);

    public VideoDecoder VideoDecoder => Use<VideoDecoder>(ModelComponent.VideoDecoder);

    /// <summary>The spatial upsampler.</summary>
    public LatentUpsampler Upsampler => Use<LatentUpsampler>(ModelComponent.Upsampler);

    /// <summary>The statistics that normalise latents around the upsampler.</summary>
    public ChannelStatistics Statistics => Use<ChannelStatistics>(ModelComponent.Upsampler);

    public AudioDecoder AudioDecoder => Use<AudioDecoder>(ModelComponent.AudioDecoder);

    public Vocoder Vocoder => Use<Vocoder>(ModelComponent.AudioDecoder);

    /// <summary>Loads a component unless it is resident, and marks it as most recently used.</summary>
    public void Prepare(ModelComponent component)
    {
        var index = _loaded.FindIndex(loaded => loaded.Component == component);
        if (index < 0)
            Load(component);
        else if (index < _loaded.Count - 1)
        {
            var known = _loaded[index];
            _loaded.RemoveAt(index);
            _loaded.Add(known);
            RaiseChanged(loaded: null, seconds: 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loaded.ForEach(component => component.Dispose());
        _loaded.Clear();
    }

    private T Use<T>(ModelComponent component)
    {
        Prepare(component);
        return _loaded[^1].Modules.OfType<T>().Single();
    }

    private void Load(ModelComponent component)
    {
        var bytes = Math.Min(Sizes.Of(component).Bytes, component == ModelComponent.Transformer ? policy.WeightBudget : long.MaxValue);
        var unloaded = MakeRoom(bytes);
        var start = Stopwatch.GetTimestamp();
        try
        {
            _loaded.Add(new LoadedComponent(component, bytes, Modules(component)));
        }
        catch
        {
            if (unloaded)
                RaiseChanged(loaded: null, seconds: 0);
            throw;
        }

        RaiseChanged(component, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Unloads components to free memory; returns true when there were any.</summary>
    private bool MakeRoom(long bytes)
    {
        var unload = policy.ComponentsToUnload(_loaded.Select(loaded => (loaded.Component, loaded.Bytes)).ToList(), bytes);
        foreach (var component in unload)
        {
            var gone = _loaded.Single(loaded => loaded.Component == component);
            _loaded.Remove(gone);
            gone.Dispose();
        }

        return unload.Count > 0;
    }

    private IReadOnlyList<IDisposable> Modules(ModelComponent component) => component switch
    {
        ModelComponent.TextEncoder => [_loader.LoadPromptEncoder()],
        ModelComponent.Transformer => [LoadTransformer()],
        ModelComponent.VideoEncoder => [_loader.LoadVideoEncoder()],
        ModelComponent.Upsampler => Both(_loader.LoadUpsampler, _loader.LoadStatistics),
        ModelComponent.VideoDecoder => [_loader.LoadVideoDecoder()],
        ModelComponent.AudioDecoder => Both(_loader.LoadAudioDecoder, _loader.LoadVocoder),
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, "Unknown component."),
    };

    private LtxTransformer LoadTransformer()
    {
        var (all, block) = _loader.TransformerBytes();
        return policy.BlockWindow(all, block, Configs.Transformer.Layers) is { } window
            ? _loader.LoadStreamedTransformer(window)
            : _loader.LoadTransformer();
    }

    private static IReadOnlyList<IDisposable> Both(Func<IDisposable> first, Func<IDisposable> second)
    {
        var loaded = first();
        try
        {
            return [loaded, second()];
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private void RaiseChanged(ModelComponent? loaded, double seconds) =>
        Changed?.Invoke(new ComponentsChanged(_loaded.Select(component => component.Component).ToList(), loaded, seconds));

    private sealed record LoadedComponent(ModelComponent Component, long Bytes, IReadOnlyList<IDisposable> Modules) : IDisposable
    {
        public void Dispose()
        {
            foreach (var module in Modules)
                module.Dispose();
        }
    }
}
