using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The parts of a model that are in memory: each is loaded when a stage first asks for it and kept until the
/// <see cref="ResidencyPolicy"/> wants its room for another. Not safe for concurrent use.
/// </summary>
public sealed class ModelCache(ModelFolder model, ModelLoader loader, ResidencyPolicy policy) : IDisposable
{
    // Least recently used first.
    private readonly List<LoadedPart> _loaded = [];

    /// <summary>The diffusion transformer.</summary>
    public LtxTransformer Transformer => Part(CheckpointPart.Transformer, [model.CheckpointFile], loader.LoadTransformer);

    /// <summary>The video VAE's encoder.</summary>
    public VideoEncoder VideoEncoder => Part(CheckpointPart.VideoEncoder, [model.CheckpointFile], loader.LoadVideoEncoder);

    /// <summary>The video VAE's decoder.</summary>
    public VideoDecoder VideoDecoder => Part(CheckpointPart.VideoDecoder, [model.CheckpointFile], loader.LoadVideoDecoder);

    /// <summary>The statistics that latents are normalised by.</summary>
    public ChannelStatistics Statistics => Part(CheckpointPart.Statistics, [model.CheckpointFile], loader.LoadStatistics);

    /// <summary>The spatial upsampler.</summary>
    public LatentUpsampler Upsampler => Part(CheckpointPart.WholeFile, [model.UpsamplerFile], loader.LoadUpsampler);

    /// <inheritdoc/>
    public void Dispose()
    {
        _loaded.ForEach(part => part.Module.Dispose());
        _loaded.Clear();
    }

    private T Part<T>(CheckpointPart part, IReadOnlyList<string> files, Func<T> load)
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

        var bytes = loader.BytesOf(files, part);
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
