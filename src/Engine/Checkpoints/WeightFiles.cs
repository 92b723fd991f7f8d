using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// The safetensors files that together hold one set of weights: a single file, or the shards of a folder. Markers that tools
/// leave beside the weights are not among them.
/// </summary>
public sealed class WeightFiles : IDisposable
{
    private readonly Dictionary<string, StoredWeight> _entries = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<SafetensorsFile> _files;

    /// <summary>Takes opened files, which are closed with this object.</summary>
    /// <param name="files">The files.</param>
    /// <param name="asReleased">
    /// True to put keys where they stand in a released single-file checkpoint, for files of one component alone and for other
    /// layouts; shards of one set are looked at together.
    /// </param>
    /// <exception cref="CheckpointException">Two files hold the same key, or weights are in a format that is not supported.</exception>
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

    /// <summary>Shards of a set differ in their number alone: <c>NAME-00001-of-00002.safetensors</c>.</summary>
    private static string SetOf(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var parts = name.Split('-');
        return parts is [.., var number, "of", var count] && number.All(char.IsAsciiDigit) && count.All(char.IsAsciiDigit)
            ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", string.Join('-', parts[..^3]))
            : path;
    }

    /// <summary>What to call the set in messages: its file, or its folder.</summary>
    public string Path => _files.Count == 1 ? _files[0].Path : System.IO.Path.GetDirectoryName(_files[0].Path)!;

    /// <summary>All keys, in no particular order.</summary>
    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>Opens and validates files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="asReleased">See the constructor.</param>
    /// <exception cref="SafetensorsException">One of them breaks the format.</exception>
    /// <exception cref="CheckpointException">Two files hold the same key, or weights are in a format that is not supported.</exception>
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

    /// <summary>What is stored for a key; null when no file holds it.</summary>
    public StoredWeight? Find(string key) => _entries.GetValueOrDefault(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}

/// <summary>A weight in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Entry">Its entry there, under the file's own key.</param>
/// <param name="Axes">The file's axis for each axis of the weight; null when they are in the same order.</param>
public sealed record StoredWeight(SafetensorsFile File, TensorEntry Entry, IReadOnlyList<int>? Axes)
{
    /// <summary>The weight's shape.</summary>
    public IReadOnlyList<long> Shape => Axes is null ? Entry.Shape : Axes.Select(axis => Entry.Shape[axis]).ToList();

    /// <summary>Its numbers as float32, whatever its dtype: a new CPU tensor outside any dispose scope.</summary>
    public Tensor ReadNumbers() => InOrder(SafetensorsTensors.ReadNumbers(File, Entry));

    /// <summary>Reads it into a new CPU tensor of its stored dtype, outside any dispose scope.</summary>
    public Tensor Read() => InOrder(SafetensorsTensors.Read(File, Entry));

    private Tensor InOrder(Tensor stored)
    {
        if (Axes is null)
            return stored;
        using var _ = stored;
        using var reordered = stored.permute(Axes.Select(axis => (long)axis).ToArray());
        // Not contiguous(): it leaves odd strides on axes of size 1, and convolutions choose their kernel, and so their last
        // bits, by strides.
        return empty(Shape.ToArray(), stored.dtype).DetachFromDisposeScope().copy_(reordered);
    }
}
