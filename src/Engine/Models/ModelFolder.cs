using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models.Diffusers;
using MlxVideo.Engine.Models.Released;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Models;

/// <summary>
/// A model in the released layout of LTX-2: a single-file checkpoint with its configuration in the metadata (or its shards, or one file
/// per component), a spatial upsampler file with its own configuration, and a Gemma folder. Files are identified by configuration and
/// keys, not by name. A diffusers folder, with one folder per component, is supported as well.
/// </summary>
public sealed class ModelFolder
{
    /// <summary>Metadata key of a file's configuration as JSON.</summary>
    public const string ConfigKey = "config";

    /// <summary>Metadata key of the model version, for example <c>2.0.0</c>.</summary>
    public const string VersionKey = "model_version";

    private static readonly string[] GemmaFolders = ["gemma", "text_encoder"];
    private static readonly string[] OtherComponents = ["connectors", "vae", "audio_vae", "vocoder"];
    private static readonly string[] DiffusersComponents = ["transformer", .. OtherComponents];
    private static readonly string[] TokenizerNames = ["tokenizer.model", "tokenizer.json"];
    private static readonly string[] TokenizerFolders = ["", "../tokenizer"];

    private ModelFolder(
        ModelLocation location, IReadOnlyList<string> checkpoint, string version, ConfigSection config,
        IReadOnlyList<UpsamplerSource> upsamplers)
    {
        Path = location.Folder;
        CheckpointFiles = checkpoint;
        Version = version;
        UpsamplerFiles = [.. upsamplers.Select(upsampler => upsampler.Path)];
        var gemma = location.TextEncoder is { } given ? TextEncoderIn(given) : GemmaFolderIn(Path)
            ?? throw new CheckpointException($"{Path} has no folder 'gemma' or 'text_encoder' with the Gemma 3 text encoder; copy it "
                + "there, or give its folder with --text-encoder-path.");
        GemmaFolder = gemma;
        GemmaConfigFile = Require(System.IO.Path.Combine(gemma, "config.json"), "Gemma's configuration");
        Configs = new ModelConfigs(config, [.. upsamplers.Select(upsampler => upsampler.Config)], ConfigSection.Read(GemmaConfigFile));
        GemmaFiles = WeightFilesOf(gemma, "Gemma 3 text encoder");
        TokenizerFile = FindTokenizer(gemma);
    }

    public string Path { get; }

    /// <summary>
    /// The files that hold the transformer, connectors, VAE and, for models with audio, audio VAE and vocoder: the released single
    /// file, its shards, or one file per component. The first has the transformer's configuration.
    /// </summary>
    public IReadOnlyList<string> CheckpointFiles { get; }

    /// <summary>The first of <see cref="CheckpointFiles"/>, the only one in the released layout.</summary>
    public string CheckpointFile => CheckpointFiles[0];

    public ModelConfigs Configs { get; }

    /// <summary>The checkpoint's model version, <c>2.0.0</c> or <c>2.3.0</c>.</summary>
    public string Version { get; }

    /// <summary>
    /// The files of the latent upsamplers, each with another factor, in the order of the configurations. A model without one for twice the
    /// size renders only in a single denoise pass.
    /// </summary>
    public IReadOnlyList<string> UpsamplerFiles { get; }

    /// <summary>
    /// Required format of the transformer's packed layers, from <c>quantization.json</c> of an MLX conversion; null when unspecified.
    /// </summary>
    public QuantizationConfig? TransformerQuantization { get; private init; }

    /// <summary>The text encoder's folder.</summary>
    public string GemmaFolder { get; }

    /// <summary>Gemma's <c>config.json</c>.</summary>
    public string GemmaConfigFile { get; }

    /// <summary>Gemma's weights: one file, or one set of shards.</summary>
    public IReadOnlyList<string> GemmaFiles { get; }

    /// <summary>The tokenizer: a SentencePiece model, or a <c>tokenizer.json</c> if there is none.</summary>
    public string TokenizerFile { get; }

    /// <summary>Returns the checkpoints at the top level of a folder; empty for a folder with one folder per component.</summary>
    /// <exception cref="SafetensorsException">A file is truncated or damaged.</exception>
    public static IReadOnlyList<string> CheckpointsIn(string folder)
    {
        var files = SafetensorsIn(folder).Select(ConfiguredFile.Read).ToList();
        var released = files.Where(file => file.HasTransformer).ToList();
        return (released.Count > 0 ? released : files.Where(file => file.IsOfMlx)).Select(file => file.Path).ToList();
    }

    /// <summary>Opens the model in a folder; see <see cref="Open(ModelLocation)"/>.</summary>
    public static ModelFolder Open(string path) => Open(new ModelLocation(path));

    /// <summary>Locates the files of a model and reads their headers; no weights are read.</summary>
    /// <exception cref="CheckpointException">A file is missing or ambiguous; the message says which and where.</exception>
    /// <exception cref="SafetensorsException">A file is truncated or damaged.</exception>
    public static ModelFolder Open(ModelLocation location)
    {
        var path = location.Folder;
        if (!Directory.Exists(path))
            throw new CheckpointException($"The model folder {path} does not exist; create one with 'mlx-video model tiny --output DIR', "
                + "download one with 'mlx-video model download', or give the folder of a downloaded LTX-2 model.");
        var indexes = FolderFiles.Enumerate(path, ShardIndex.Pattern);
        foreach (var index in indexes)
            ShardIndex.Read(index);
        var files = SafetensorsIn(path).Select(ConfiguredFile.Read).ToList();
        if (files.All(file => !file.HasTransformer))
        {
            var converted = files.Where(file => file.IsOfMlx && location.Accepts(file.Path)).ToList();
            if (converted.Count > 0)
                return OpenMlx(location, Single(location, converted, "checkpoint"), files);
            if (DiffusersConfiguration.IsIn(path))
                return OpenDiffusers(location);
        }

        var checkpoint = Single(location, files.Where(file => file.HasTransformer && location.Accepts(file.Path)).ToList(),
            "checkpoint (a safetensors file with a 'transformer' configuration)");
        // Another checkpoint in the folder is not a part of this one, unless they are shards.
        ConfiguredFile[] parts = checkpoint.HoldsAll && indexes.Count == 0
            ? [checkpoint]
            : [checkpoint, .. files.Where(file => file.IsPartOfCheckpoint && !file.HasTransformer)];
        return new ModelFolder(
            location, parts.Select(part => part.Path).ToList(), checkpoint.Version, Merged(parts), UpsamplersOf(files));
    }

    /// <summary>
    /// Opens a folder with one subfolder per component, each with a <c>config.json</c>. diffusers does not record the model version;
    /// version 2.3 has one prompt projection per stream.
    /// </summary>
    private static ModelFolder OpenDiffusers(ModelLocation location)
    {
        var path = location.Folder;
        var config = DiffusersConfiguration.Read(path);
        var components = DiffusersComponents.Select(name => System.IO.Path.Combine(path, name)).Where(Directory.Exists);
        var upsampler = System.IO.Path.Combine(path, "latent_upsampler");
        return new ModelFolder(
            location,
            components.SelectMany(folder => WeightFilesOf(folder, System.IO.Path.GetFileName(folder))).ToList(),
            config.Section("transformer").Boolean("caption_proj_before_connector", false) ? "2.3.0" : "2.0.0",
            config,
            Directory.Exists(upsampler)
                ? [new UpsamplerSource(WeightFilesOf(upsampler, "spatial upsampler")[0], DiffusersConfiguration.ReadUpsampler(path))]
                : []);
    }

    /// <summary>
    /// Opens a conversion by mlx-video: one file with everything, or the transformer and folders of the other components. It does not
    /// record the model. Unless the folder contains a configuration, it is LTX-2.0, the only model that mlx-video converts.
    /// </summary>
    private static ModelFolder OpenMlx(ModelLocation location, ConfiguredFile converted, IReadOnlyList<ConfiguredFile> files)
    {
        var path = location.Folder;
        var components = converted.HoldsAll
            ? []
            : OtherComponents.Select(name => System.IO.Path.Combine(path, name)).Where(Directory.Exists);
        return new ModelFolder(
            location,
            [converted.Path, .. components.SelectMany(folder => WeightFilesOf(folder, System.IO.Path.GetFileName(folder)))],
            converted.Version,
            ReleasedConfiguration.FromFolderOrLtx20(path),
            UpsamplersOf(files))
        {
            TransformerQuantization = System.IO.Path.Combine(path, "quantization.json") is var stated && File.Exists(stated)
                ? QuantizationConfig.Parse(ConfigSection.Read(stated))
                : null,
        };
    }

    /// <summary>
    /// Returns a folder's spatial upsamplers, largest factor first; of several with one factor, the last by name, which has the highest
    /// version.
    /// </summary>
    private static List<UpsamplerSource> UpsamplersOf(IEnumerable<ConfiguredFile> files) =>
        files.Where(file => file.Config?.Boolean("spatial_upsample", false) == true)
            .Select(file => new UpsamplerSource(file.Path, file.Config!))
            .Where(upsampler => upsampler.Factor is Upscaling.DefaultFactor or Upscaling.SmallFactor).GroupBy(upsampler => upsampler.Factor)
            .OrderByDescending(same => same.Key).Select(same => same.Last()).ToList();

    /// <summary>All files that determine the model's results, by role, in a fixed order.</summary>
    public IReadOnlyList<ModelFile> Files =>
    [
        .. CheckpointFiles.Select((file, index) => new ModelFile(index == 0 ? "checkpoint" : $"checkpoint/{index}", file)),
        .. UpsamplerFiles.Select((file, index) => new ModelFile(index == 0 ? "upsampler" : $"upsampler/{index}", file)),
        new("gemma/config", GemmaConfigFile),
        new("gemma/tokenizer", TokenizerFile),
        .. GemmaFiles.Select((file, index) => new ModelFile($"gemma/weights/{index}", file)),
    ];

    private static IReadOnlyList<string> SafetensorsIn(string folder) => FolderFiles.Enumerate(folder, "*.safetensors");

    /// <summary>Checks that the model has the upsampler that a stage needs.</summary>
    /// <exception cref="CheckpointException">It has none with this factor.</exception>
    public void RequireUpsampler(double factor)
    {
        if (Configs.Upsamplers.Any(config => UpsamplerSource.FactorOf(config) == factor))
            return;
        throw new CheckpointException(factor == Upscaling.DefaultFactor
            ? $"{Path} has no spatial upsampler (a safetensors file with 'spatial_upsample' in its configuration), which pipelines with "
                + "two denoise passes need; download it into the folder, or use the pipeline one-stage."
            : FormattableString.Invariant($"{Path} has no spatial upsampler for {factor} times the size; add it with ")
                + "'mlx-video model download --all-upscalers', or use twice the size.");
    }

    private static ConfiguredFile Single(ModelLocation location, List<ConfiguredFile> found, string what) => found.Count switch
    {
        1 => found[0],
        0 when location.Checkpoint is { } chosen => throw new CheckpointException($"{chosen} is not a {what}."),
        0 => throw new CheckpointException($"{location.Folder} has no {what}; download it into the folder."),
        _ => throw new CheckpointException($"{location.Folder} has more than one {what}: "
            + $"{string.Join(", ", found.Select(file => System.IO.Path.GetFileName(file.Path)))}; choose one with --checkpoint-path FILE."),
    };

    private static string? GemmaFolderIn(string folder) =>
        GemmaFolders.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);

    /// <summary>Returns the text encoder's folder at a place named by the user: the folder itself, or one in it.</summary>
    private static string TextEncoderIn(string folder) =>
        Directory.Exists(folder)
            ? GemmaFolderIn(folder) ?? folder
            : throw new CheckpointException(
                $"The text encoder's folder {folder} does not exist; give the folder with Gemma 3's config.json.");

    /// <summary>
    /// Returns the weight files of a folder. If it holds two complete sets of shards under different names, the first by name is used,
    /// via its index if there is one.
    /// </summary>
    private static IReadOnlyList<string> WeightFilesOf(string folder, string what)
    {
        if (FolderFiles.Enumerate(folder, ShardIndex.Pattern).FirstOrDefault() is { } index)
            return ShardIndex.Read(index);
        var sets = SafetensorsIn(folder).GroupBy(file => System.IO.Path.GetFileName(file).Split('-', '.')[0]).ToList();
        return sets.Count > 0
            ? sets[0].ToList()
            : throw new CheckpointException($"{folder} has no *.safetensors weights for the {what}; download them into the folder.");
    }

    private static string FindTokenizer(string gemma) =>
        (from name in TokenizerNames
         from relative in TokenizerFolders
         select System.IO.Path.GetFullPath(System.IO.Path.Combine(gemma, relative, name))).FirstOrDefault(File.Exists)
        ?? throw new CheckpointException($"{gemma} has no tokenizer.model or tokenizer.json; copy Gemma 3's tokenizer there.");

    private static string Require(string file, string what) =>
        System.IO.Path.Exists(file) ? file : throw new CheckpointException($"{what} is missing: {file} does not exist.");

    /// <summary>Merges the configurations of several files; each section comes from the first file that has it.</summary>
    private static ConfigSection Merged(IReadOnlyList<ConfiguredFile> files)
    {
        var sections = new JsonObject();
        foreach (var section in files.Where(file => file.Config is not null).SelectMany(file => file.Config!.Json.EnumerateObject()))
            sections.TryAdd(section.Name, JsonNode.Parse(section.Value.GetRawText()));
        return ConfigSection.Parse(files[0].Path, sections.ToJsonString());
    }

    /// <summary>A safetensors file and the information in its header.</summary>
    /// <param name="Config">The configuration in the metadata; null when there is none, as in adapters.</param>
    /// <param name="IsPartOfCheckpoint">True when all keys belong to known sections of a checkpoint.</param>
    /// <param name="IsOfMlx">True when the keys follow mlx-video's naming.</param>
    /// <param name="HoldsAll">True when the file holds the video VAE, and therefore all other components too.</param>
    private sealed record ConfiguredFile(
        string Path, ConfigSection? Config, string Version, bool IsPartOfCheckpoint, bool IsOfMlx, bool HoldsAll)
    {
        public bool HasTransformer => Config?.Has("transformer") == true;

        public static ConfiguredFile Read(string path)
        {
            using var file = SafetensorsFile.Open(path);
            var (metadata, naming) = (file.Header.Metadata, KeyNaming.Of(file.Header.Tensors.Values.ToList()));
            var config = metadata.TryGetValue(ConfigKey, out var json) ? ConfigSection.Parse(path, json) : null;
            var tensors = file.Header.Tensors.Values.Where(tensor => !MarkerTensors.IsMarker(tensor.Name)).ToList();
            var keys = tensors.Select(tensor => naming.Place(tensor.Name, tensor.Shape.Count)?.Key).OfType<string>().ToList();
            // Adapter keys contain the names of the layers that they change.
            var isAdapter = tensors.Any(tensor => tensor.Name.Contains(".lora_", StringComparison.Ordinal));
            return new ConfiguredFile(
                path,
                config,
                metadata.GetValueOrDefault(VersionKey, "2.0.0"),
                keys.Count > 0 && !isAdapter && keys.All(CheckpointSection.IsKnown),
                naming.IsMlx && !isAdapter,
                keys.Any(CheckpointSection.VideoDecoder.Owns));
        }
    }
}

/// <summary>An upsampler's file with its configuration.</summary>
internal sealed record UpsamplerSource(string Path, ConfigSection Config)
{
    /// <summary>Factor of height and width.</summary>
    public double Factor => FactorOf(Config);

    /// <summary>Returns the factor in an upsampler's configuration.</summary>
    public static double FactorOf(ConfigSection config) => config.Number("spatial_scale", 2);
}

/// <summary>A file of a model.</summary>
/// <param name="Role">The file's role, independent of its name.</param>
public sealed record ModelFile(string Role, string Path);
