using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Files;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The files that make up a copy of a model: those that determine its results, and the configurations beside them. The copy is one folder
/// with the same digest, also when the text encoder is elsewhere. Other files in the folders are left out.
/// </summary>
public static class ModelContents
{
    private const string Gemma = "gemma";

    /// <summary>Configurations are small; anything larger belongs to another program.</summary>
    private const long MaxConfigurationBytes = 64 << 20;

    /// <summary>Returns the files with their paths in the copy, sorted by these.</summary>
    /// <exception cref="IOException">A folder can't be read.</exception>
    public static IReadOnlyList<ContainedFile> Of(ModelFolder model)
    {
        var contents = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        IReadOnlyList<string> weights =
            [.. model.CheckpointFiles, .. model.UpsamplerFiles, .. model.GemmaFiles];
        var used = weights.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        var root = Path.GetFullPath(model.Path);
        foreach (var file in used.Except(model.GemmaFiles.Select(Path.GetFullPath)))
            contents[RelativeTo(root, file)] = file;
        foreach (var folder in contents.Values.Select(file => Path.GetDirectoryName(file)!).Append(root).Distinct().ToList())
            AddConfigurations(folder, file => RelativeTo(root, file));
        AddConfigurations(model.GemmaFolder, InGemma);
        foreach (var file in model.GemmaFiles.Append(model.GemmaConfigFile).Append(model.TokenizerFile))
            contents[InGemma(file)] = file;
        return contents.Select(entry => new ContainedFile(entry.Key, entry.Value))
            .OrderBy(file => file.Path, StringComparer.Ordinal).ToList();

        void AddConfigurations(string folder, Func<string, string> pathOf)
        {
            foreach (var file in FolderFiles.Enumerate(folder, "*.json").Where(file => IsConfiguration(file, used)))
                contents.TryAdd(pathOf(file), file);
        }
    }

    private static string RelativeTo(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');

    private static string InGemma(string file) => $"{Gemma}/{Path.GetFileName(file)}";

    /// <summary>A copy with the index of shards that it lacks could not be opened, and tokenizers are chosen by their presence.</summary>
    private static bool IsConfiguration(string file, HashSet<string> used)
    {
        var name = Path.GetFileName(file);
        if (name == "tokenizer.json" || LinkTarget.Of(file).Length > MaxConfigurationBytes)
            return false;
        if (!name.EndsWith(".safetensors.index.json", StringComparison.Ordinal))
            return true;
        try
        {
            return ShardIndex.Read(file).All(used.Contains);
        }
        catch (CheckpointException)
        {
            return false;
        }
    }
}

/// <summary>A file of a model and of its copy.</summary>
/// <param name="Path">Path in the copy, with slashes.</param>
/// <param name="Source">The model's file.</param>
public sealed record ContainedFile(string Path, string Source);
