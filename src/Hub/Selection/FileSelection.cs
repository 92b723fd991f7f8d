using System.IO.Enumeration;
using MlxVideo.Hub.Api;

namespace MlxVideo.Hub.Selection;

/// <summary>
/// Selects the files that a model needs. Repositories hold every variant and layout of a model side by side, several hundred gigabytes;
/// one variant in one layout suffices.
/// </summary>
public static class FileSelection
{
    private const string Weights = ".safetensors";
    private const string ShardIndex = ".safetensors.index.json";
    private const string DiffusersIndex = "model_index.json";

    private static readonly string[] TextEncoderFolders = ["gemma", "text_encoder"];
    private static readonly string[] TokenizerFolders = ["tokenizer"];
    private static readonly string[] ComponentFolders = ["connectors", "vae", "audio_vae", "vocoder"];
    private static readonly string[] DiffusersFolders = ["transformer", .. ComponentFolders, "latent_upsampler"];

    /// <summary>Returns the selected files, sorted by path.</summary>
    /// <exception cref="HubException">Nothing matches, or the options do not determine the checkpoint.</exception>
    public static IReadOnlyList<HubFile> Select(HubModel model, SelectionOptions options)
    {
        var files = model.Files;
        if (options.Include is { Count: > 0 } patterns)
            return NotEmpty(model, files.Where(file => patterns.Any(pattern => Matches(pattern, file))), string.Join(", ", patterns));
        var top = files.Where(file => file.Folder.Length == 0 && file.Name.EndsWith(Weights, StringComparison.Ordinal))
            .Select(CheckpointName.Of).ToList();
        var selected = new List<HubFile>();
        if (IsTextEncoder(files))
            selected.AddRange(WeightsIn(files, "").Concat(SettingsIn(files, "")));
        else if (top.Any(name => name.Kind == TopLevelKind.Checkpoint))
            selected.AddRange(SingleFileLayout(model, top, options));
        else if (files.Any(file => file.Path == DiffusersIndex))
            selected.AddRange(DiffusersFolders.SelectMany(folder => WeightsIn(files, folder).Concat(SettingsIn(files, folder))));
        else
            selected.AddRange(top.Where(name => name.Kind != TopLevelKind.Checkpoint).Select(name => name.File));
        if (options.TextEncoder)
        {
            selected.AddRange(TextEncoderFolders.SelectMany(folder => WeightsIn(files, folder).Concat(SettingsIn(files, folder))));
            selected.AddRange(TokenizerFolders.SelectMany(folder => SettingsIn(files, folder)));
        }

        return NotEmpty(model, selected.DistinctBy(file => file.Path), "files of a model");
    }

    private static IEnumerable<HubFile> SingleFileLayout(HubModel model, List<CheckpointName> top, SelectionOptions options)
    {
        var checkpoint = Checkpoint(model, top.Where(name => name.Kind == TopLevelKind.Checkpoint).ToList(), options);
        yield return checkpoint;
        var upscalers = top.Where(name => name.Kind == TopLevelKind.Upscaler).Select(name => name.File).ToList();
        foreach (var upscaler in options.AllUpscalers ? upscalers : NewestSpatial(upscalers))
            yield return upscaler;
        if (options.DistilledLora)
            yield return top.Where(name => name is { Kind: TopLevelKind.Adapter, Variant: SelectionOptions.Distilled })
                .Select(name => name.File).LastOrDefault()
                ?? throw new HubException($"{model.Reference.Repository} has no distilled LoRA.");
        // Conversions by mlx-video keep other components in folders, unless one file holds all, and settings beside the weights.
        var isConverted = model.Files.Any(file => file.Path == "quantization.json")
            || checkpoint.Name.Contains("mlx", StringComparison.OrdinalIgnoreCase);
        if (!isConverted)
            yield break;
        foreach (var file in SettingsIn(model.Files, ""))
            yield return file;
        if (checkpoint.Name == "model" + Weights)
            yield break;
        foreach (var file in ComponentFolders.SelectMany(folder => WeightsIn(model.Files, folder).Concat(SettingsIn(model.Files, folder))))
            yield return file;
    }

    private static HubFile Checkpoint(HubModel model, List<CheckpointName> candidates, SelectionOptions options)
    {
        if (candidates is [var only])
            return only.File;
        if (candidates.FirstOrDefault(name => name.File.Name == "model" + Weights) is { } unified)
            return unified.File;
        var ofVariant = candidates.Where(name => name.Variant is null || name.Variant == options.Variant).ToList();
        var found = ofVariant.Where(name => name.Precision == options.Precision).ToList();
        return found is [var match]
            ? match.File
            : throw new HubException(
                $"{model.Reference.Repository} has {(found.Count == 0 ? "no" : "more than one")} checkpoint for --variant "
                    + $"{options.Variant} --precision {options.Precision}; its checkpoints are "
                    + $"{string.Join(", ", candidates.Select(name => name.File.Name))}. "
                    + "Use other values, or --include with a file's name.");
    }

    /// <summary>Returns the x2 upscaler of the highest version; the only other factor is 1.5, which its name states.</summary>
    private static IEnumerable<HubFile> NewestSpatial(List<HubFile> upscalers) =>
        upscalers
            .Where(file => file.Name.Contains("spatial", StringComparison.Ordinal)
                && !file.Name.Contains("x1.5", StringComparison.Ordinal))
            .OrderBy(file => file.Name, StringComparer.Ordinal).TakeLast(1);

    /// <summary>True for a repository of a text encoder alone.</summary>
    private static bool IsTextEncoder(IReadOnlyList<HubFile> files) =>
        files.Any(file => file.Path == "config.json")
        && files.Any(file => file.Path is "tokenizer.model" or "tokenizer.json");

    /// <summary>
    /// Returns one set of weights of a folder: the first by name, as the engine chooses when a folder holds the same weights twice.
    /// </summary>
    private static IEnumerable<HubFile> WeightsIn(IReadOnlyList<HubFile> files, string folder)
    {
        var here = files.Where(file => file.Folder == folder).ToList();
        var index = here.Where(file => file.Name.EndsWith(ShardIndex, StringComparison.Ordinal))
            .MinBy(file => file.Name, StringComparer.Ordinal);
        var sets = here.Where(file => file.Name.EndsWith(Weights, StringComparison.Ordinal)).GroupBy(file => SetOf(file.Name)).ToList();
        var chosen = sets.FirstOrDefault(set => index is not null && set.Key == SetOf(index.Name)) ?? sets.FirstOrDefault();
        return chosen is null ? [] : index is null ? chosen : chosen.Append(index);
    }

    private static string SetOf(string name) => name.Split('-', '.')[0];

    private static IEnumerable<HubFile> SettingsIn(IReadOnlyList<HubFile> files, string folder) =>
        files.Where(file => file.Folder == folder
            && ((file.Name.EndsWith(".json", StringComparison.Ordinal) && !file.Name.EndsWith(ShardIndex, StringComparison.Ordinal))
                || file.Name == "tokenizer.model"));

    private static bool Matches(string pattern, HubFile file) =>
        FileSystemName.MatchesSimpleExpression(pattern, file.Path, ignoreCase: false);

    private static IReadOnlyList<HubFile> NotEmpty(HubModel model, IEnumerable<HubFile> files, string what)
    {
        var list = files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        return list.Count > 0
            ? list
            : throw new HubException(
                $"{model.Reference.Repository} has no file for {what}; use --include with the names of files at its page.");
    }
}
