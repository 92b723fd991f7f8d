using MlxVideo.Benchmarks.Transformer;
using MlxVideo.Benchmarks.Weights;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Memory;

/// <summary>
/// A model folder in the system's temporary folder with a transformer of about 2 GB of random bfloat16 weights; deleted on disposal.
/// </summary>
public sealed class LargeModel : IDisposable
{
    /// <summary>Number of transformer blocks.</summary>
    public const int Layers = 16;

    private const int Heads = 32;

    /// <summary>Writes the model.</summary>
    public LargeModel()
    {
        Folder = Path.Combine(Path.GetTempPath(), $"mlx-video-benchmark-{Guid.NewGuid():N}");
        try
        {
            TinyModel.Write(Folder);
            var checkpoint = ModelFolder.Open(Folder).CheckpointFile;
            var config = MidSizeTransformer.ConfigJson(Layers, Heads);
            var metadata = new Dictionary<string, string> { [ModelFolder.ConfigKey] = $$$"""{"transformer": {{{config}}}, "vae": {}}""" };
            var shapes = Shapes(config);
            new UniformWeights(ScalarType.Float32).Write(checkpoint, shapes, metadata);
            Bytes = new FileInfo(checkpoint).Length;
            BlockBytes = new ModelLoader(ModelFolder.Open(Folder), ComputeOptions.CpuFloat32 with { Dtype = ScalarType.BFloat16 })
                .StreamableSizeOf(ModelComponent.Transformer)!.LargestLayer;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Folder { get; }

    /// <summary>Size of the checkpoint in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Size of one block in bytes, in bfloat16 as stored.</summary>
    public long BlockBytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(string config)
    {
        var weights = new ShapeOnlyWeights();
        var compute = ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device };
        using var scope = NewDisposeScope();
        using var transformer =
            new LtxTransformer(new WeightScope(weights, compute, LtxTransformer.KeyPrefix), MidSizeTransformer.Parse(config));
        return weights.Shapes;
    }
}
