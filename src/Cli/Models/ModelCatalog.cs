using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Hub.Caching;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Cli.Models;

/// <summary>Finds the models on this machine: in the Hugging Face cache, and in folders.</summary>
internal sealed class ModelCatalog(HubCache cache)
{
    private const string NameOfLtx = "ltx";

    /// <summary>Returns what is in the cache and in the folders, each of which may be a model or contain models.</summary>
    public IEnumerable<CatalogEntry> Find(IEnumerable<string> folders)
    {
        foreach (var (repository, snapshot) in cache.List())
        {
            foreach (var entry in EntriesOf(repository.ToString(), snapshot))
                yield return entry;
        }

        foreach (var folder in folders)
        {
            var own = EntriesOf(folder, folder).ToList();
            var entries = own.Count > 0
                ? own
                : Directory.EnumerateDirectories(folder).Where(path => !FolderFiles.IsOfSystem(Path.GetFileName(path)))
                    .Order(StringComparer.Ordinal).SelectMany(path => EntriesOf(path, path));
            foreach (var entry in entries)
                yield return entry;
        }
    }

    private static IEnumerable<CatalogEntry> EntriesOf(string name, string folder)
    {
        IReadOnlyList<string> checkpoints;
        try
        {
            checkpoints = ModelFolder.CheckpointsIn(folder);
        }
        catch (Exception ex) when (ex is SafetensorsException or CheckpointException)
        {
            return [Unusable(name, folder, ex.Message)];
        }

        if (checkpoints.Count > 0)
            return checkpoints.Select(checkpoint => EntryOf(name, new ModelLocation(folder, checkpoint)));
        if (File.Exists(Path.Combine(folder, "model_index.json")))
            return [EntryOf(name, new ModelLocation(folder))];
        return IsGemma(folder) ? [new CatalogEntry(name, folder, CatalogKind.TextEncoder, SizeOf(folder))]
            : Path.GetFileName(name).Contains(NameOfLtx, StringComparison.OrdinalIgnoreCase) && HasWeights(folder)
            ? [Unusable(name, folder, "It has no checkpoint; download one.")]
            : [];
    }

    private static CatalogEntry EntryOf(string name, ModelLocation location)
    {
        try
        {
            var model = ModelFolder.Open(location);
            return new CatalogEntry(name, location.Folder, CatalogKind.Model, model.Files.Sum(file => LinkTarget.Of(file.Path).Length))
            {
                Checkpoint = Path.GetFileName(location.Checkpoint),
                Version = model.Version,
                Model = model,
            };
        }
        catch (Exception ex) when (ex is SafetensorsException or CheckpointException)
        {
            return Unusable(name, location.Folder, ex.Message) with { Checkpoint = Path.GetFileName(location.Checkpoint) };
        }
    }

    private static CatalogEntry Unusable(string name, string folder, string problem) =>
        new(name, folder, CatalogKind.Incomplete, SizeOf(folder)) { Problem = problem };

    private static bool IsGemma(string folder)
    {
        var config = Path.Combine(folder, "config.json");
        try
        {
            return File.Exists(config) && HasWeights(folder)
                && ConfigSection.Read(config).Text("model_type", "").StartsWith("gemma3", StringComparison.Ordinal);
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static bool HasWeights(string folder) => FolderFiles.Enumerate(folder, "*.safetensors").Count > 0;

    private static long SizeOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(LinkTarget.Of).Where(file => file.Exists)
            .Sum(file => file.Length);
}

/// <summary>A model, or a part of one, on this machine.</summary>
/// <param name="Name">Repository or folder.</param>
internal sealed record CatalogEntry(string Name, string Path, CatalogKind Kind, long Bytes)
{
    /// <summary>File name of the checkpoint; null for folders without a single one.</summary>
    public string? Checkpoint { get; init; }

    public string? Version { get; init; }

    /// <summary>The opened model; null for other kinds.</summary>
    public ModelFolder? Model { get; init; }

    /// <summary>Why the model can't be used, in one sentence; null for usable ones.</summary>
    public string? Problem { get; init; }
}

/// <summary>What a folder holds.</summary>
internal enum CatalogKind
{
    /// <summary>A complete model.</summary>
    Model,

    /// <summary>A text encoder alone.</summary>
    TextEncoder,

    /// <summary>Parts of a model.</summary>
    Incomplete,
}
