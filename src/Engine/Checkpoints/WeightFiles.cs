using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>The safetensors files that together hold one set of weights: a single file, or the shards of a folder.</summary>
public sealed class WeightFiles : IDisposable
{
    private readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _entries = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<SafetensorsFile> _files;

    /// <summary>Takes opened files, which are closed with this object.</summary>
    /// <param name="files">The files.</param>
    /// <param name="asReleased">True to put keys where they stand in a released single-file checkpoint, for files of one component alone.</param>
    /// <exception cref="CheckpointException">Two files hold the same key.</exception>
    public WeightFiles(IReadOnlyList<SafetensorsFile> files, bool asReleased = false)
    {
        _files = files;
        foreach (var file in files)
        {
            var prefix = asReleased ? ReleasedPlace.PrefixOf(file.Header) : "";
            foreach (var (name, entry) in file.Header.Tensors)
            {
                if (!_entries.TryAdd(prefix + name, (file, entry)))
                    throw new CheckpointException($"'{prefix + name}' is in {_entries[prefix + name].File.Path} and in {file.Path}; keep only one set of weight files.");
            }
        }
    }

    /// <summary>What to call the set in messages: its file, or its folder.</summary>
    public string Path => _files.Count == 1 ? _files[0].Path : System.IO.Path.GetDirectoryName(_files[0].Path)!;

    /// <summary>All keys, in no particular order.</summary>
    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>Opens and validates files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="asReleased">See the constructor.</param>
    /// <exception cref="SafetensorsException">One of them breaks the format.</exception>
    /// <exception cref="CheckpointException">Two files hold the same key.</exception>
    public static WeightFiles Open(IEnumerable<string> paths, bool asReleased = false)
    {
        var opened = new List<SafetensorsFile>();
        try
        {
            foreach (var path in paths)
                opened.Add(SafetensorsFile.Open(path));
            return new WeightFiles(opened, asReleased);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The file and entry of a key; null when no file holds it.</summary>
    public (SafetensorsFile File, TensorEntry Entry)? Find(string key) =>
        _entries.TryGetValue(key, out var found) ? found : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
