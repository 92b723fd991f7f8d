using System.Collections.Frozen;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Text;

namespace MlxVideo.Worker.Peers;

/// <summary>A worker's model, of which other workers can fetch a copy. Safe for concurrent use.</summary>
/// <param name="digest">Digest of the model when the worker started.</param>
/// <param name="hashes">Hashes of the model's files, which the engine has computed.</param>
public sealed class ServedModel(ModelLocation location, string digest, string name, ContentHashCache hashes)
{
    private readonly Lock _sync = new();
    private Task<ServedFiles?>? _files;

    /// <summary>Digest of the model.</summary>
    public string Digest => digest;

    /// <summary>Returns the model's files; null if they have changed since the worker started.</summary>
    public Task<ServedFiles?> FilesAsync()
    {
        lock (_sync)
        {
            if (_files is null or { IsFaulted: true })
                _files = Task.Run(List); // may have to hash files
            return _files;
        }
    }

    private ServedFiles? List()
    {
        var model = ModelFolder.Open(location);
        if (ModelFingerprint.Of(model, hashes) != digest)
            return null;
        var files = ModelContents.Of(model)
            .Select(file => (file.Path, Source: LinkTarget.Of(file.Source), Hash: hashes.HashOf(file.Source))).ToList();
        return new ServedFiles(
            new ModelFileList(
                digest, PrintableText.Of(name, ModelFileList.MaxName - 1),
                files.Select(file => new ListedFile(file.Path, file.Source.Length, file.Hash)).ToList()),
            files.DistinctBy(file => file.Hash).ToFrozenDictionary(
                file => file.Hash, file => file.Source.FullName, StringComparer.Ordinal));
    }
}

/// <summary>The files of a served model.</summary>
/// <param name="Sources">Paths on this machine by hash: no path comes from the network.</param>
public sealed record ServedFiles(ModelFileList List, FrozenDictionary<string, string> Sources);
