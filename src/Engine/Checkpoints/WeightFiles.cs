using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>The safetensors files that together hold one set of weights: a single file, or the shards of a folder.</summary>
public sealed class WeightFiles : IDisposable
{
    private readonly Dictionary<string, SafetensorsFile> _fileOfKey = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<SafetensorsFile> _files;

    /// <summary>Takes opened files, which are closed with this object.</summary>
    /// <exception cref="CheckpointException">Two files hold the same key.</exception>
    public WeightFiles(IReadOnlyList<SafetensorsFile> files)
    {
        _files = files;
        foreach (var file in files)
        {
            foreach (var key in file.Header.Tensors.Keys)
            {
                if (!_fileOfKey.TryAdd(key, file))
                    throw new CheckpointException($"'{key}' is in {_fileOfKey[key].Path} and in {file.Path}; keep only one set of weight files.");
            }
        }
    }

    /// <summary>What to call the set in messages: its file, or its folder.</summary>
    public string Path => _files.Count == 1 ? _files[0].Path : System.IO.Path.GetDirectoryName(_files[0].Path)!;

    /// <summary>All keys, in no particular order.</summary>
    public IReadOnlyCollection<string> Keys => _fileOfKey.Keys;

    /// <summary>Opens and validates files.</summary>
    /// <exception cref="SafetensorsException">One of them breaks the format.</exception>
    /// <exception cref="CheckpointException">Two files hold the same key.</exception>
    public static WeightFiles Open(IEnumerable<string> paths)
    {
        var opened = new List<SafetensorsFile>();
        try
        {
            foreach (var path in paths)
                opened.Add(SafetensorsFile.Open(path));
            return new WeightFiles(opened);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The file and entry of a key; null when no file holds it.</summary>
    public (SafetensorsFile File, TensorEntry Entry)? Find(string key) =>
        _fileOfKey.TryGetValue(key, out var file) ? (file, file.Header.Tensors[key]) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
