using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Worker.Models;

/// <summary>
/// The models that a worker has fetched, in the folder <c>models</c> of its data folder: for each, its list of files, and a folder that
/// gets its final name when it is complete. What an interrupted fetch left is kept for the next one.
/// </summary>
/// <param name="hashes">Receives the hashes of the fetched files, so that the engine need not compute them again.</param>
internal sealed class FetchedModels(string dataFolder, ContentHashCache hashes)
{
    private const string PartialSuffix = ".partial";

    /// <summary>The folder of all models.</summary>
    public string Folder { get; } = Path.Combine(dataFolder, "models");

    /// <summary>Returns the lists of the complete models.</summary>
    public IReadOnlyList<ModelFileList> FindComplete() => !Directory.Exists(Folder)
        ? []
        : Directory.EnumerateDirectories(Folder).Select(Path.GetFileName).OfType<string>().Where(BlobRef.IsDigest)
            .Order(StringComparer.Ordinal).Select(FindList).OfType<ModelFileList>().ToList();

    /// <summary>Returns the stored list of a model's files; null when there is no usable one.</summary>
    public ModelFileList? FindList(string digest)
    {
        try
        {
            var list = JsonSerializer.Deserialize<ModelFileList>(File.ReadAllBytes(ListFile(digest)), FarmJson.Options);
            return list?.FindFault(digest) is null ? list : null;
        }
        catch (Exception ex) when (ex is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Stores the list of a model's files: a later fetch continues with the same paths.</summary>
    public void Begin(ModelFileList list)
    {
        Directory.CreateDirectory(PartialFolder(list));
        var temporary = $"{ListFile(list.Digest)}{PartialSuffix}";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(list, FarmJson.Options));
        DurableFiles.Move(temporary, ListFile(list.Digest));
    }

    /// <summary>Folder of a complete model.</summary>
    public string FolderOf(string digest) => Path.Combine(Folder, digest);

    /// <summary>Returns true when a file has arrived completely.</summary>
    public bool Has(ModelFileList list, ListedFile file) => File.Exists(TargetOf(list, file));

    /// <summary>Returns the file that holds what has arrived of one that is not complete; its folder exists.</summary>
    public string PartialOf(ModelFileList list, ListedFile file)
    {
        var partial = $"{TargetOf(list, file)}{PartialSuffix}";
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        return partial;
    }

    /// <summary>Records that a partial file has the right content.</summary>
    public void Finish(ModelFileList list, ListedFile file)
    {
        var target = TargetOf(list, file);
        DurableFiles.Move(PartialOf(list, file), target);
        hashes.Add(target, file.Sha256);
    }

    /// <summary>Returns the bytes that have arrived.</summary>
    public long DoneBytes(ModelFileList list) => list.Files.Sum(file => DoneBytes(list, file));

    /// <summary>Completes a model of which all files have arrived, and checks that it is the one that its list names.</summary>
    /// <exception cref="IOException">It is not; it has been deleted, because another attempt would not change that.</exception>
    public void Complete(ModelFileList list)
    {
        var partial = PartialFolder(list);
        if (FindFault(partial, list.Digest) is { } fault)
        {
            Directory.Delete(partial, recursive: true);
            File.Delete(ListFile(list.Digest));
            throw new IOException(
                $"The files fetched for the model {list.Name} are not that model ({fault}) and were deleted: copy its folder to this "
                    + "machine and start the worker with --model FOLDER.");
        }

        Directory.Move(partial, FolderOf(list.Digest));
        foreach (var file in list.Files)
            hashes.Add(Path.Combine(FolderOf(list.Digest), file.Path), file.Sha256);
    }

    private string? FindFault(string folder, string digest)
    {
        try
        {
            var actual = ModelFingerprint.Of(ModelFolder.Open(folder), hashes);
            return actual == digest ? null : $"their digest is {actual}";
        }
        catch (Exception ex) when (ex is CheckpointException or SafetensorsException)
        {
            return ex.Message.TrimEnd('.');
        }
    }

    private long DoneBytes(ModelFileList list, ListedFile file)
    {
        var target = TargetOf(list, file);
        if (File.Exists(target))
            return file.Size;
        return new FileInfo($"{target}{PartialSuffix}") is { Exists: true } partial ? Math.Min(partial.Length, file.Size) : 0;
    }

    private string ListFile(string digest) => Path.Combine(Folder, $"{digest}.json");

    private string PartialFolder(ModelFileList list) => $"{FolderOf(list.Digest)}{PartialSuffix}";

    private string TargetOf(ModelFileList list, ListedFile file) => Path.Combine(PartialFolder(list), file.Path);
}
