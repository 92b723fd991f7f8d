using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models.Diffusers;
using MlxVideo.Engine.Models.Released;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Models;

/// <summary>
/// A model in the layout in which LTX-2 is released: one single-file checkpoint with its configuration in the metadata (or
/// its shards, or a file for each component), a spatial upsampler file with a configuration of its own, and a Gemma
/// folder. Files are told apart by their configuration and keys, not by their names. Or a diffusers folder, which has a
/// folder for each component.
/// </summary>
public sealed class ModelFolder
{
    /// <summary>Key of the metadata entry that holds a file's configuration as JSON.</summary>
    public const string ConfigKey = "config";

    /// <summary>Key of the metadata entry that holds the model version: <c>2.0.0</c>.</summary>
    public const string VersionKey = "model_version";

    private static readonly string[] GemmaFolders = ["gemma", "text_encoder"];
    private static readonly string[] OtherComponents = ["connectors", "vae", "audio_vae", "vocoder"];
    private static readonly string[] DiffusersComponents = ["transformer", .. OtherComponents];
    private static readonly string[] TokenizerNames = ["tokenizer.model", "tokenizer.json"];
    private static readonly string[] TokenizerFolders = ["", "../tokenizer"];

    private ModelFolder(string path, IReadOnlyList<string> checkpoint, string version, ConfigSection config, string upsampler,
        ConfigSection upsamplerConfig)
    {
        Path = path;
        CheckpointFiles = checkpoint;
        Version = version;
        UpsamplerFile = upsampler;
        var gemma = GemmaFolders.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(Directory.Exists)
            ?? throw new CheckpointException(
                $"{path} has no folder 'gemma' or 'text_encoder' with the Gemma 3 text encoder; put it there.");
        GemmaFolder = gemma;
        GemmaConfigFile = Require(System.IO.Path.Combine(gemma, "config.json"), "Gemma's configuration");
        Configs = new ModelConfigs(config, upsamplerConfig, ConfigSection.Read(GemmaConfigFile));
        GemmaFiles = WeightFilesOf(gemma, "Gemma 3 text encoder");
        TokenizerFile = FindTokenizer(gemma);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>
    /// The files that hold transformer, connectors, VAE and, where the model has sound, audio VAE and vocoder: one as
    /// released, or several, shards or a file for each component. The first has the transformer's configuration.
    /// </summary>
    public IReadOnlyList<string> CheckpointFiles { get; }

    /// <summary>The first of <see cref="CheckpointFiles"/>, the only one as released.</summary>
    public string CheckpointFile => CheckpointFiles[0];

    /// <summary>What the parts are like.</summary>
    public ModelConfigs Configs { get; }

    /// <summary>The checkpoint's model version, <c>2.0.0</c> or <c>2.3.0</c>.</summary>
    public string Version { get; }

    /// <summary>The x2 latent upsampler's file.</summary>
    public string UpsamplerFile { get; }

    /// <summary>
    /// What the transformer's packed layers must be like, from <c>quantization.json</c> of an MLX conversion; null when nothing says so.
    /// </summary>
    public QuantizationConfig? TransformerQuantization { get; private init; }

    /// <summary>The folder of the text encoder.</summary>
    public string GemmaFolder { get; }

    /// <summary>Gemma's <c>config.json</c>.</summary>
    public string GemmaConfigFile { get; }

    /// <summary>Gemma's weights: one file, or the shards of one set.</summary>
    public IReadOnlyList<string> GemmaFiles { get; }

    /// <summary>The tokenizer: a SentencePiece model, or a <c>tokenizer.json</c> where there is none.</summary>
    public string TokenizerFile { get; }

    /// <summary>Finds the files of a model and reads their headers; no weights are read.</summary>
    /// <exception cref="CheckpointException">Something is missing or there are two of it; the message says what and where.</exception>
    /// <exception cref="SafetensorsException">A file is truncated or damaged.</exception>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new CheckpointException($"There is no model folder {path}; create one with 'mlx-video model tiny --output DIR' or give "
                + "the folder of a downloaded LTX-2 model.");
        foreach (var index in FolderFiles.Enumerate(path, ShardIndex.Pattern))
            ShardIndex.Read(index);
        var files = SafetensorsIn(path).Select(ConfiguredFile.Read).ToList();
        if (files.All(file => file.Config?.Has("transformer") != true))
        {
            if (files.Where(file => file.IsOfMlx).ToList() is [var converted])
                return OpenMlx(path, converted, files);
            if (DiffusersConfiguration.IsIn(path))
                return OpenDiffusers(path);
        }

        var checkpoint =
            Single(path, files.Where(file => file.Config?.Has("transformer") == true),
                "checkpoint (a safetensors file with a 'transformer' configuration)");
        var upsampler = UpsamplerOf(path, files);
        ConfiguredFile[] parts = [checkpoint, .. files.Where(file => file != checkpoint && file.IsPartOfCheckpoint)];
        return new ModelFolder(
            path, parts.Select(part => part.Path).ToList(), checkpoint.Version, Merged(parts), upsampler.Path, upsampler.Config!);
    }

    /// <summary>
    /// A folder for each component, each with a <c>config.json</c>. diffusers does not write the model's version; 2.3 projects prompts for
    /// each stream.
    /// </summary>
    private static ModelFolder OpenDiffusers(string path)
    {
        var config = DiffusersConfiguration.Read(path);
        var components = DiffusersComponents.Select(name => System.IO.Path.Combine(path, name)).Where(Directory.Exists);
        return new ModelFolder(
            path,
            components.SelectMany(folder => WeightFilesOf(folder, System.IO.Path.GetFileName(folder))).ToList(),
            config.Section("transformer").Boolean("caption_proj_before_connector", false) ? "2.3.0" : "2.0.0",
            config,
            WeightFilesOf(Require(System.IO.Path.Combine(path, "latent_upsampler"), "The spatial upsampler"), "spatial upsampler")[0],
            DiffusersConfiguration.ReadUpsampler(path));
    }

    /// <summary>
    /// A conversion of mlx-video: one file with everything, or the transformer beside folders of the other components. It says
    /// nothing of the model, and converts LTX-2.0 alone, unless a configuration is given beside it.
    /// </summary>
    private static ModelFolder OpenMlx(string path, ConfiguredFile converted, IReadOnlyList<ConfiguredFile> files)
    {
        var components = converted.HoldsAll
            ? []
            : OtherComponents.Select(name => System.IO.Path.Combine(path, name)).Where(Directory.Exists);
        var upsampler = UpsamplerOf(path, files);
        return new ModelFolder(
            path,
            [converted.Path, .. components.SelectMany(folder => WeightFilesOf(folder, System.IO.Path.GetFileName(folder)))],
            converted.Version,
            ReleasedConfiguration.BesideOrOf20(path),
            upsampler.Path,
            upsampler.Config!)
        {
            TransformerQuantization = System.IO.Path.Combine(path, "quantization.json") is var stated && File.Exists(stated)
                ? QuantizationConfig.Parse(ConfigSection.Read(stated))
                : null,
        };
    }

    private static ConfiguredFile UpsamplerOf(string path, IEnumerable<ConfiguredFile> files) =>
        Single(path, files.Where(file => file.Config?.Boolean("spatial_upsample", false) == true),
            "spatial upsampler (a safetensors file with 'spatial_upsample' in its configuration)");

    /// <summary>All files that determine what the model computes, by their role, in a fixed order.</summary>
    public IReadOnlyList<ModelFile> Files =>
    [
        .. CheckpointFiles.Select((file, index) => new ModelFile(index == 0 ? "checkpoint" : $"checkpoint/{index}", file)),
        new("upsampler", UpsamplerFile),
        new("gemma/config", GemmaConfigFile),
        new("gemma/tokenizer", TokenizerFile),
        .. GemmaFiles.Select((file, index) => new ModelFile($"gemma/weights/{index}", file)),
    ];

    private static IReadOnlyList<string> SafetensorsIn(string folder) => FolderFiles.Enumerate(folder, "*.safetensors");

    private static ConfiguredFile Single(string folder, IEnumerable<ConfiguredFile> candidates, string what)
    {
        var found = candidates.ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new CheckpointException($"{folder} has no {what}; download it into the folder."),
            _ => throw new CheckpointException($"{folder} has more than one {what}: "
                + $"{string.Join(", ", found.Select(file => System.IO.Path.GetFileName(file.Path)))}; leave only one in the folder."),
        };
    }

    /// <summary>
    /// A folder may hold two whole sets of shards under different names; the first by name is taken, by its index if it has one.
    /// </summary>
    private static IReadOnlyList<string> WeightFilesOf(string folder, string what)
    {
        if (FolderFiles.Enumerate(folder, ShardIndex.Pattern).FirstOrDefault() is { } index)
            return ShardIndex.Read(index);
        var sets = SafetensorsIn(folder).GroupBy(file => System.IO.Path.GetFileName(file).Split('-', '.')[0]).ToList();
        return sets.Count > 0
            ? sets[0].ToList()
            : throw new CheckpointException($"{folder} has no *.safetensors weights of the {what}; download them into the folder.");
    }

    private static string FindTokenizer(string gemma) =>
        (from name in TokenizerNames
         from relative in TokenizerFolders
         select System.IO.Path.GetFullPath(System.IO.Path.Combine(gemma, relative, name))).FirstOrDefault(File.Exists)
        ?? throw new CheckpointException($"{gemma} has no tokenizer.model or tokenizer.json; copy the one of Gemma 3 there.");

    private static string Require(string file, string what) =>
        System.IO.Path.Exists(file) ? file : throw new CheckpointException($"{what} is missing: there is no {file}.");

    /// <summary>The configurations of several files as one: each section from the first that has it.</summary>
    private static ConfigSection Merged(IReadOnlyList<ConfiguredFile> files)
    {
        var sections = new JsonObject();
        foreach (var section in files.Where(file => file.Config is not null).SelectMany(file => file.Config!.Json.EnumerateObject()))
            sections.TryAdd(section.Name, JsonNode.Parse(section.Value.GetRawText()));
        return ConfigSection.Parse(files[0].Path, sections.ToJsonString());
    }

    /// <summary>A safetensors file and what its header tells.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Config">The configuration in its metadata; null when it has none, as adapters.</param>
    /// <param name="Version">The model version.</param>
    /// <param name="IsPartOfCheckpoint">Whether all its keys are those of a checkpoint's components.</param>
    /// <param name="IsOfMlx">Whether it is named as mlx-video does it.</param>
    /// <param name="HoldsAll">Whether it holds the video VAE as well as the transformer.</param>
    private sealed record ConfiguredFile(
        string Path, ConfigSection? Config, string Version, bool IsPartOfCheckpoint, bool IsOfMlx, bool HoldsAll)
    {
        public static ConfiguredFile Read(string path)
        {
            using var file = SafetensorsFile.Open(path);
            var (metadata, naming) = (file.Header.Metadata, KeyNaming.Of(file.Header.Tensors.Values.ToList()));
            var config = metadata.TryGetValue(ConfigKey, out var json) ? ConfigSection.Parse(path, json) : null;
            var tensors = file.Header.Tensors.Values.Where(tensor => !MarkerTensors.IsMarker(tensor.Name)).ToList();
            var keys = tensors.Select(tensor => naming.Place(tensor.Name, tensor.Shape.Count)?.Key).OfType<string>().ToList();
            // Adapters name the layers that they change.
            var isAdapter = tensors.Any(tensor => tensor.Name.Contains(".lora_", StringComparison.Ordinal));
            return new ConfiguredFile(
                path,
                config,
                metadata.GetValueOrDefault(VersionKey, "2.0.0"),
                keys.Count > 0 && !isAdapter && keys.All(CheckpointSection.IsKnown),
                naming.IsOfMlx && !isAdapter,
                keys.Any(CheckpointSection.VideoDecoder.Owns));
        }
    }
}

/// <summary>A file of a model.</summary>
/// <param name="Role">What it is, independent of its name.</param>
/// <param name="Path">Where it lies.</param>
public sealed record ModelFile(string Role, string Path);
