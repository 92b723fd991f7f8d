using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Libraries;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Inventory;

/// <summary>All weights of a model, by component, without their values. The files stay open until this object is disposed.</summary>
public sealed class ModelInventory : IDisposable
{
    /// <summary>Name of the component for which weights are read from the text encoder's files.</summary>
    public const string TextEncoder = "text encoder";

    /// <summary>Name of the component for which weights are read from the files of the upsamplers.</summary>
    public const string Upsampler = "upsampler";

    private readonly List<WeightFiles> _files = [];

    private ModelInventory(ModelFolder model)
    {
        OpenMp.Require();
        try
        {
            Checkpoint = Open(model.CheckpointFiles, asReleased: true);
            var components = WeightsOf(Checkpoint, RequestsOf(Checkpoint, model.Configs))
                .GroupBy(weight => CheckpointSection.Of(weight.Key)?.Name ?? "other")
                .Select(group => new ComponentInventory(group.Key, group.ToList())).ToList();
            if (model.UpsamplerFiles.Count > 0)
                components.Add(new ComponentInventory(
                    Upsampler, model.UpsamplerFiles.SelectMany(file => WeightsOf(Open([file]), Nothing)).ToList()));
            var gemma = Open(model.GemmaFiles);
            components.Add(new ComponentInventory(
                TextEncoder, WeightsOf(gemma, RequestsOf(gemma, root => model.Configs.BuildGemma(root).Dispose())).ToList()));
            Components = components;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static IReadOnlyDictionary<string, WeightRequest> Nothing { get; } = new Dictionary<string, WeightRequest>();

    /// <summary>The files of the checkpoint, under released keys.</summary>
    public WeightFiles Checkpoint { get; }

    /// <summary>The components, those of the checkpoint first; the checkpoint's are named as its sections.</summary>
    public IReadOnlyList<ComponentInventory> Components { get; }

    /// <summary>Opens the files of a model and reads their headers.</summary>
    /// <exception cref="CheckpointException">A file holds weights in an unsupported format, or one key is in two files.</exception>
    public static ModelInventory Open(ModelFolder model) => new(model);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(files => files.Dispose());

    private WeightFiles Open(IEnumerable<string> paths, bool asReleased = false)
    {
        var files = WeightFiles.Open(paths, asReleased);
        _files.Add(files);
        return files;
    }

    /// <summary>Lists weights in key order, packed ones together with their scales and biases.</summary>
    private static IEnumerable<WeightInventory> WeightsOf(WeightFiles files, IReadOnlyDictionary<string, WeightRequest> requests)
    {
        var companions = files.Keys.ToDictionary(key => key, key => StoredMatrices.CompanionsOf(files, key).ToList());
        var owned = companions.Values.SelectMany(keys => keys).ToHashSet(StringComparer.Ordinal);
        foreach (var key in files.Keys.Where(key => !owned.Contains(key)).Order(StringComparer.Ordinal))
        {
            var (stored, request) = (files.Find(key)!, requests.GetValueOrDefault(key));
            yield return new WeightInventory(
                key, request?.Shape ?? stored.Shape, stored, request?.IsMatrix == true,
                companions[key].ToDictionary(companion => companion, companion => files.Find(companion)!));
        }
    }

    private static IReadOnlyDictionary<string, WeightRequest> RequestsOf(WeightFiles files, ModelConfigs configs) =>
        RequestsOf(files, root =>
        {
            List<IDisposable> modules =
            [
                configs.BuildTransformer(root), configs.BuildFeatures(root), configs.BuildVideoConnector(root),
                configs.BuildVideoEncoder(root), configs.BuildVideoDecoder(root),
            ];
            if (configs.HasAudio)
            {
                modules.AddRange(
                [
                    configs.BuildAudioConnector(root), configs.BuildAudioEncoder(root), configs.BuildAudioDecoder(root),
                    configs.BuildVocoder(root),
                ]);
            }

            modules.ForEach(module => module.Dispose());
        });

    private static IReadOnlyDictionary<string, WeightRequest> RequestsOf(WeightFiles files, Action<WeightScope> build)
    {
        var asked = new ShapeOnlyWeights(key => files.Find(key) is not null);
        build(new WeightScope(asked, ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device }));
        return asked.Requests.ToDictionary(request => request.Key, StringComparer.Ordinal);
    }
}

/// <summary>The weights of a component.</summary>
/// <param name="Weights">Weights in key order.</param>
public sealed record ComponentInventory(string Name, IReadOnlyList<WeightInventory> Weights)
{
    /// <summary>Bytes in the files.</summary>
    public long Bytes => Weights.Sum(weight => weight.Bytes);

    /// <summary>Number of values.</summary>
    public long Parameters => Weights.Sum(weight => weight.Parameters);
}

/// <summary>A weight of a model.</summary>
/// <param name="Key">Key in a released checkpoint, or in the component's own file.</param>
/// <param name="Shape">Shape that the model uses; a packed weight is stored in another one.</param>
/// <param name="IsMatrix">True for the weight of a linear layer or embedding, which may be quantized.</param>
/// <param name="Companions">Scales and biases of a packed weight, by key.</param>
public sealed record WeightInventory(
    string Key, IReadOnlyList<long> Shape, StoredWeight Stored, bool IsMatrix, IReadOnlyDictionary<string, StoredWeight> Companions)
{
    /// <summary>Bytes in the files, with scales and biases.</summary>
    public long Bytes => Stored.Entry.Length + Companions.Values.Sum(companion => companion.Entry.Length);

    /// <summary>Number of values.</summary>
    public long Parameters => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Format of a weight packed by MLX; null for others.</summary>
    public AffineFormat? Packing => Shape is [var rows, var columns] && Scales is { } scales
        ? AffineFormat.Of(rows, columns, Stored.Entry.Shape, scales.Shape)
        : null;

    private StoredWeight? Scales =>
        Companions.Values.FirstOrDefault(companion => companion.Entry.Name.EndsWith(".scales", StringComparison.Ordinal));

    /// <summary>The number format, for reports: a dtype, or bits and group size.</summary>
    public string Format => Packing?.ToString() ?? Stored.Entry.Dtype.ToString();
}
