using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Tokenization;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Transformer.Streaming;
using MlxVideo.Engine.Upsampling;
using MlxVideo.Engine.VideoVae;
using TorchSharp;

namespace MlxVideo.Engine.Models;

/// <summary>Loads the parts of a model from its files, each strictly: no key missing, none left over.</summary>
public sealed class ModelLoader(ModelFolder model, ComputeOptions compute)
{
    /// <summary>Loads tokenizer, text encoder and connectors.</summary>
    public PromptEncoder LoadPromptEncoder()
    {
        var tokenizer = Tokenizer.Load(model.TokenizerFile);
        var gemma = Load(model.GemmaFiles, CheckpointPart.Gemma, model.Configs.BuildGemma);
        try
        {
            return FromCheckpoint(CheckpointPart.Connectors, root => model.Configs.BuildPromptEncoder(root, tokenizer, gemma));
        }
        catch
        {
            gemma.Dispose();
            throw;
        }
    }

    /// <summary>Loads the diffusion transformer.</summary>
    public LtxTransformer LoadTransformer() => FromCheckpoint(CheckpointPart.Transformer, model.Configs.BuildTransformer);

    /// <summary>Loads the diffusion transformer without its blocks, which are read from the checkpoint whenever they are needed.</summary>
    /// <param name="window">Most blocks in memory at once.</param>
    public LtxTransformer LoadStreamedTransformer(int window)
    {
        var files = WeightFiles.Open([model.CheckpointFile]);
        try
        {
            using (var shapes = new ModelLoader(model, compute with { Device = ShapeOnlyWeights.Device }).LoadTransformer())
            {
                // Strict before the first block is read: a fault would show in the middle of a clip.
            }

            var config = model.Configs.Transformer;
            var blocks = new StreamedBlocks(config, compute, window, index => ReadBlock(files, index), files);
            return model.Configs.BuildTransformer(new WeightScope(new CheckpointWeights(files), compute), blocks);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the transformer in memory: all of it, and its largest block.</summary>
    public (long All, long LargestBlock) TransformerBytes()
    {
        using var files = WeightFiles.Open([model.CheckpointFile]);
        var blocks = Enumerable.Range(0, model.Configs.Transformer.Layers).Select(index => EntriesOfBlock(files, index).Sum(entry => Bytes(entry.Shape)));
        return (BytesOf([model.CheckpointFile], CheckpointPart.Transformer), blocks.Max());
    }

    /// <summary>Loads the video VAE's encoder.</summary>
    public VideoEncoder LoadVideoEncoder() => FromCheckpoint(CheckpointPart.VideoEncoder, model.Configs.BuildVideoEncoder);

    /// <summary>Loads the video VAE's decoder.</summary>
    public VideoDecoder LoadVideoDecoder() => FromCheckpoint(CheckpointPart.VideoDecoder, model.Configs.BuildVideoDecoder);

    /// <summary>Loads the statistics that latents are normalised by.</summary>
    public ChannelStatistics LoadStatistics() => FromCheckpoint(CheckpointPart.Statistics, model.Configs.BuildStatistics);

    /// <summary>Loads the spatial upsampler.</summary>
    public LatentUpsampler LoadUpsampler() => Load([model.UpsamplerFile], CheckpointPart.WholeFile, model.Configs.BuildUpsampler);

    /// <summary>
    /// Checks keys and shapes of every part that rendering needs, and the tokenizer, without reading weights: a damaged or
    /// foreign file is found before a stage runs. Keys of the checkpoint that belong to no part at all are refused too.
    /// </summary>
    /// <exception cref="CheckpointException">Lists what is missing, misshapen and surplus.</exception>
    public static void Check(ModelFolder model)
    {
        var loader = new ModelLoader(model, ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device });
        Func<IDisposable>[] loads =
        [
            loader.LoadPromptEncoder, loader.LoadTransformer, loader.LoadVideoEncoder, loader.LoadVideoDecoder, loader.LoadStatistics, loader.LoadUpsampler,
        ];
        foreach (var load in loads)
            load().Dispose();
        using var checkpoint = WeightFiles.Open([model.CheckpointFile]);
        new CheckpointWeights(checkpoint, readData: false).RequireAllUsed(CheckpointPart.IsKnown);
    }

    /// <summary>Bytes that a part takes in memory once it is loaded.</summary>
    public long BytesOf(IEnumerable<string> files, CheckpointPart part)
    {
        using var weights = WeightFiles.Open(files);
        return weights.Keys.Where(part.Owns).Sum(key => Bytes(weights.Find(key)!.Value.Entry.Shape));
    }

    private long Bytes(IReadOnlyList<long> shape) => shape.Aggregate(1L, (product, size) => product * size) * compute.Dtype.ElementSize();

    private static HeldWeights ReadBlock(WeightFiles files, int index) => new(new CheckpointWeights(files), EntriesOfBlock(files, index));

    private static IEnumerable<(string Key, IReadOnlyList<long> Shape)> EntriesOfBlock(WeightFiles files, int index)
    {
        var prefix = StreamedBlocks.KeyOf(index) + ".";
        return files.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => (key, files.Find(key)!.Value.Entry.Shape));
    }

    private T FromCheckpoint<T>(CheckpointPart part, Func<WeightScope, T> build)
        where T : IDisposable =>
        Load([model.CheckpointFile], part, build);

    private T Load<T>(IEnumerable<string> files, CheckpointPart part, Func<WeightScope, T> build)
        where T : IDisposable
    {
        using var opened = WeightFiles.Open(files);
        var weights = new CheckpointWeights(opened, readData: compute.Device.type != DeviceType.META);
        var module = build(new WeightScope(weights, compute));
        try
        {
            weights.RequireAllUsed(part);
        }
        catch
        {
            module.Dispose();
            throw;
        }

        return module;
    }
}
