using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// The safetensors files that together hold one set of weights: a single file, or the shards of a folder. Markers left by tools are
/// excluded.
/// </summary>
public sealed class WeightFiles : IDisposable
{
    private readonly Dictionary<string, StoredWeight> _entries = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<SafetensorsFile> _files;

    /// <summary>Takes ownership of open files; disposing this object closes them.</summary>
    /// <param name="asReleased">
    /// True to map keys to their place in a released single-file checkpoint, for single-component files and other layouts; shards of
    /// one set are examined together.
    /// </param>
    /// <exception cref="CheckpointException">Two files hold the same key, or weights are in an unsupported format.</exception>
    public WeightFiles(IReadOnlyList<SafetensorsFile> files, bool asReleased = false)
    {
        _files = files;
        foreach (var set in files.GroupBy(file => SetOf(file.Path)))
        {
            var naming = asReleased ? KeyNaming.Of(set.SelectMany(file => file.Header.Tensors.Values).ToList()) : new PrefixNaming("");
            foreach (var file in set)
                Take(file, naming);
        }
    }

    private void Take(SafetensorsFile file, KeyNaming naming)
    {
        QuantizationMarkers.RequireReadable(file);
        foreach (var (name, entry) in file.Header.Tensors)
        {
            if (MarkerTensors.IsMarker(name) || naming.Place(name, entry.Shape.Count) is not { } released)
                continue;
            if (!_entries.TryAdd(released.Key, new StoredWeight(file, entry, released.Axes)))
                throw new CheckpointException(
                    $"'{name}' is in {_entries[released.Key].File.Path} and in {file.Path}; keep only one set of weight files.");
        }
    }

    /// <summary>
    /// Returns the name of a file's set of shards, which differ only in their number: <c>NAME-00001-of-00002.safetensors</c>.
    /// </summary>
    private static string SetOf(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var parts = name.Split('-');
        return parts is [.., var number, "of", var count] && number.All(char.IsAsciiDigit) && count.All(char.IsAsciiDigit)
            ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", string.Join('-', parts[..^3]))
            : path;
    }

    /// <summary>The set's path in messages: its file or its folder.</summary>
    public string Path => _files.Count == 1 ? _files[0].Path : System.IO.Path.GetDirectoryName(_files[0].Path)!;

    /// <summary>All keys, in no particular order.</summary>
    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>Opens and validates files.</summary>
    /// <param name="asReleased">See the constructor.</param>
    /// <exception cref="SafetensorsException">A file violates the safetensors format.</exception>
    /// <exception cref="CheckpointException">Two files hold the same key, or weights are in an unsupported format.</exception>
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

    /// <summary>Returns the stored weight of a key; null when no file holds it.</summary>
    public StoredWeight? Find(string key) => _entries.GetValueOrDefault(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}

/// <summary>A weight in a file.</summary>
/// <param name="Entry">The weight's entry, under the file's own key.</param>
/// <param name="Axes">The file's axis for each axis of the weight; null when the order is unchanged.</param>
public sealed record StoredWeight(SafetensorsFile File, TensorEntry Entry, IReadOnlyList<int>? Axes)
{
    /// <summary>The weight's shape after reordering the axes.</summary>
    public IReadOnlyList<long> Shape => Axes is null ? Entry.Shape : Axes.Select(axis => Entry.Shape[axis]).ToList();

    /// <summary>Reads the values as float32, whatever their dtype, into a new CPU tensor outside any dispose scope.</summary>
    public Tensor ReadNumbers() => InOrder(SafetensorsTensors.ReadNumbers(File, Entry));

    /// <summary>Reads the values in their stored dtype into a new CPU tensor outside any dispose scope.</summary>
    public Tensor Read() => InOrder(SafetensorsTensors.Read(File, Entry));

    private Tensor InOrder(Tensor stored)
    {
        if (Axes is null)
            return stored;
        using var _ = stored;
        using var reordered = stored.permute(Axes.Select(axis => (long)axis).ToArray());
        // Not contiguous(), which leaves odd strides on axes of size 1: convolutions choose their kernel, and thus their last bits, by
        // strides.
        return empty(Shape.ToArray(), stored.dtype).DetachFromDisposeScope().copy_(reordered);
    }
}
