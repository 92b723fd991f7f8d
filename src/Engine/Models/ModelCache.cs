using System.Diagnostics;
using MlxVideo.Engine.Adapters;
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
/// <param name="memory">The device's memory, released after components are unloaded; null when there is nothing to release.</param>
public sealed class ModelCache(
    ModelFolder model, ComputeOptions compute, ResidencyPolicy policy, LoadOptions? options = null,
    IDeviceMemory? memory = null) : IDisposable
{
    /// <summary>A streamed component is reloaded as a whole only if more than this fraction (a quarter) of its layers is missing.</summary>
    private const int WorthReloading = 4;

    private readonly LoadOptions _options = options ?? LoadOptions.AsStored;

    private readonly ModelLoader _loader = new(model, compute, options);

    // Known ahead of the weights, so that both fit together.
    private long _activationBytes;

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

    /// <summary>
    /// Returns the diffusion transformer with adapters, in addition to those of the load options; its blocks are streamed when they do not
    /// all fit. Another set of adapters loads it again.
    /// </summary>
    public LtxTransformer TransformerWith(IReadOnlyList<AdapterFile> adapters)
    {
        Prepare(ModelComponent.Transformer, adapters);
        return _loaded[^1].Modules.OfType<LtxTransformer>().Single();
    }

    public VideoEncoder VideoEncoder => Use<VideoEncoder>(ModelComponent.VideoEncoder);

    public VideoDecoder VideoDecoder => Use<VideoDecoder>(ModelComponent.VideoDecoder);

    /// <summary>Returns the spatial upsampler with a factor.</summary>
    /// <exception cref="CheckpointException">The model has none.</exception>
    public LatentUpsampler Upsampler(double factor)
    {
        model.RequireUpsampler(factor);
        Prepare(ModelComponent.Upsampler);
        return _loaded[^1].Modules.OfType<LatentUpsampler>().Single(upsampler => upsampler.Factor == factor);
    }

    /// <summary>The statistics that normalise latents around the upsampler.</summary>
    public ChannelStatistics Statistics => Use<ChannelStatistics>(ModelComponent.Upsampler);

    public AudioDecoder AudioDecoder => Use<AudioDecoder>(ModelComponent.AudioDecoder);

    public Vocoder Vocoder => Use<Vocoder>(ModelComponent.AudioDecoder);

    public AudioEncoder AudioEncoder => Use<AudioEncoder>(ModelComponent.AudioEncoder);

    /// <summary>
    /// Reserves memory for the activations of the next stage. Weights are limited to the rest from the next use of a component on.
    /// </summary>
    /// <param name="activationBytes">Planned bytes.</param>
    public void Reserve(long activationBytes) => _activationBytes = activationBytes;

    /// <summary>
    /// Loads a component unless it is resident, and marks it as most recently used. A component is reloaded if it was streamed and now fits
    /// as a whole, if it no longer fits as it is, or if its adapters differ.
    /// </summary>
    /// <param name="adapters">Adapters of the transformer; null to accept those with which it is loaded.</param>
    public void Prepare(ModelComponent component, IReadOnlyList<AdapterFile>? adapters = null)
    {
        var budget = policy.Budget(_activationBytes);
        var window = WindowOf(component, budget);
        var index = _loaded.FindIndex(loaded => loaded.Component == component);
        if (index < 0)
        {
            Load(component, window, budget, adapters ?? []);
            return;
        }

        var known = _loaded[index];
        _loaded.RemoveAt(index);
        if (!known.Serves(window, Sizes.StreamableOf(component)?.Layers ?? 0) || adapters?.SequenceEqual(known.Adapters) == false)
        {
            Unload(known);
            Load(component, window, budget, adapters ?? known.Adapters, unloaded: true);
            return;
        }

        var unloaded = MakeRoom(known.Bytes, budget);
        _loaded.Add(known);
        if (unloaded || index < _loaded.Count - 1)
            RaiseChanged(loaded: null, seconds: 0);
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

    private void Load(
        ModelComponent component, int? window, long budget, IReadOnlyList<AdapterFile> adapters, bool unloaded = false)
    {
        var bytes = BytesOf(component, window);
        unloaded |= MakeRoom(bytes, budget);
        var start = Stopwatch.GetTimestamp();
        try
        {
            _loaded.Add(new LoadedComponent(component, bytes, window, adapters, Modules(component, window, adapters)));
        }
        catch
        {
            if (unloaded)
                RaiseChanged(loaded: null, seconds: 0);
            throw;
        }

        RaiseChanged(component, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Returns the number of layers to keep in memory; null for all, and for components without layers.</summary>
    private int? WindowOf(ModelComponent component, long budget) =>
        Sizes.StreamableOf(component) is { } size ? ResidencyPolicy.Window(size, budget) : null;

    private long BytesOf(ModelComponent component, int? window) =>
        window is { } layers && Sizes.StreamableOf(component) is { } size
            ? size.BytesWith(layers)
            : Sizes.Of(component).Bytes;

    /// <summary>Unloads components to free memory; returns true when there were any.</summary>
    private bool MakeRoom(long bytes, long budget)
    {
        var unload = ResidencyPolicy.ComponentsToUnload(
            _loaded.Select(loaded => (loaded.Component, loaded.Bytes)).ToList(), bytes, budget);
        foreach (var component in unload)
        {
            var gone = _loaded.Single(loaded => loaded.Component == component);
            _loaded.Remove(gone);
            Unload(gone);
        }

        return unload.Count > 0;
    }

    private void Unload(LoadedComponent component)
    {
        component.Dispose();
        memory?.Release();
    }

    private IReadOnlyList<IDisposable> Modules(
        ModelComponent component, int? window, IReadOnlyList<AdapterFile> adapters) => component switch
        {
            ModelComponent.TextEncoder => [_loader.LoadPromptEncoder(window)],
            ModelComponent.Transformer => [Transformer(window, adapters)],
            ModelComponent.VideoEncoder => [_loader.LoadVideoEncoder()],
            ModelComponent.Upsampler => Together([.. _loader.UpsamplerLoads(), _loader.LoadStatistics]),
            ModelComponent.VideoDecoder => [_loader.LoadVideoDecoder()],
            ModelComponent.AudioDecoder => Together([_loader.LoadAudioDecoder, _loader.LoadVocoder]),
            ModelComponent.AudioEncoder => [_loader.LoadAudioEncoder()],
            _ => throw new ArgumentOutOfRangeException(nameof(component), component, "Unknown component."),
        };

    private LtxTransformer Transformer(int? window, IReadOnlyList<AdapterFile> adapters)
    {
        var loader = adapters.Count == 0
            ? _loader
            : new ModelLoader(model, compute, _options with { Adapters = [.. _options.Adapters, .. adapters] });
        return window is { } blocks ? loader.LoadStreamedTransformer(blocks) : loader.LoadTransformer();
    }

    private static List<IDisposable> Together(IEnumerable<Func<IDisposable>> loads)
    {
        var loaded = new List<IDisposable>();
        try
        {
            foreach (var load in loads)
                loaded.Add(load());
            return loaded;
        }
        catch
        {
            loaded.ForEach(module => module.Dispose());
            throw;
        }
    }

    private void RaiseChanged(ModelComponent? loaded, double seconds) =>
        Changed?.Invoke(new ComponentsChanged(_loaded.Select(component => component.Component).ToList(), loaded, seconds));

    /// <param name="Window">Number of layers in memory; null for all.</param>
    /// <param name="Adapters">Adapters of the transformer in addition to those of the load options.</param>
    private sealed record LoadedComponent(
        ModelComponent Component, long Bytes, int? Window, IReadOnlyList<AdapterFile> Adapters, IReadOnlyList<IDisposable> Modules)
        : IDisposable
    {
        /// <summary>
        /// True unless the component must shrink to the window, or can now be loaded as a whole and lacks enough layers to be worth it.
        /// </summary>
        public bool Serves(int? window, int layers) => Window == window
            || (Window is { } loaded && (window is { } wanted ? loaded <= wanted : layers - loaded <= layers / WorthReloading));

        public void Dispose()
        {
            foreach (var module in Modules)
                module.Dispose();
        }
    }
}
