using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Repositories;
using MlxVideo.Shared.Models;

namespace MlxVideo.Hub.Resolution;

/// <summary>A model as named by the user; each part is a path, a repository in the cache of the hub, or absent.</summary>
/// <param name="Folder">Model folder.</param>
/// <param name="Repository">Repository, alias or folder.</param>
/// <param name="Checkpoint">File, also relative to the folder, or a folder.</param>
/// <param name="TextEncoder">Folder of the text encoder.</param>
/// <param name="TextEncoderRepository">Repository, alias or folder of the text encoder.</param>
public sealed record ModelSource(
    string? Folder = null, string? Repository = null, string? Checkpoint = null, string? TextEncoder = null,
    string? TextEncoderRepository = null)
{
    /// <summary>Finds the files' folders; nothing is downloaded.</summary>
    /// <returns>Null when nothing names a model.</returns>
    /// <exception cref="HubException">The parts contradict each other, or one is not on this machine.</exception>
    public ModelLocation? Locate(HubCache cache)
    {
        if (Folder is not null && Repository is not null)
            throw new HubException($"--model {Folder} and --model-repo {Repository} name two models; use one of them.");
        var folder = Folder ?? (Repository is null ? null : FolderOf(Repository, cache));
        var (modelFolder, checkpoint) = CheckpointIn(folder);
        if (modelFolder is null)
        {
            return TextEncoder is null && TextEncoderRepository is null
                ? null
                : throw new HubException("A text encoder needs a model: add --model FOLDER or --model-repo REPOSITORY.");
        }

        return new ModelLocation(
            modelFolder, checkpoint, TextEncoder ?? (TextEncoderRepository is null ? null : FolderOf(TextEncoderRepository, cache)));
    }

    /// <summary>Returns the folder of a model that is named by a folder, a repository or an alias.</summary>
    /// <exception cref="HubException">It is not on this machine; the message says how to download it.</exception>
    public static string FolderOf(string name, HubCache cache)
    {
        if (Directory.Exists(name))
            return Path.GetFullPath(name);
        if (Path.IsPathRooted(name) || name.StartsWith('.') || name.StartsWith('~'))
            throw new HubException($"The model folder {name} does not exist.");
        var reference = RepositoryReference.Parse(name);
        return cache.FindSnapshot(reference)
            ?? throw new HubException(
                $"{reference} is not in the Hugging Face cache ({cache.Folder}); run 'mlx-video model download {name}' first.");
    }

    private (string? Folder, string? Checkpoint) CheckpointIn(string? folder)
    {
        if (Checkpoint is null)
            return (folder, null);
        var inFolder = folder is null ? Checkpoint : Path.Combine(folder, Checkpoint);
        var path = Path.GetFullPath(Path.Exists(inFolder) ? inFolder : Checkpoint);
        if (!Path.Exists(path))
            throw new HubException($"--checkpoint-path: {Checkpoint} does not exist{(folder is null ? "" : $", also not in {folder}")}.");
        var parent = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        if (folder is not null && Path.GetFullPath(folder) != parent)
            throw new HubException(
                $"--checkpoint-path {Checkpoint} is not in the model folder {folder}; use one of both, or a checkpoint in this folder.");
        return (parent, Directory.Exists(path) ? null : path);
    }
}
