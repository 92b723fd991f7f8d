using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Resuming;

/// <summary>
/// Safetensors files with the state of a denoising loop. The metadata holds the key of the stage, the number of finished steps, and a
/// SHA-256 of all of it, because a machine that loses power can leave a file of the right length with wrong content.
/// </summary>
internal static class LoopStateFile
{
    private const string Video = "video";
    private const string Audio = "audio";
    private const string Guided = "guided.";
    private const string KeyEntry = "key";
    private const string DoneEntry = "done";
    private const string DigestEntry = "digest";
    private const int ChunkBytes = 1 << 22;

    /// <summary>Copies a state to the CPU, which waits for the device; the copies belong to the current dispose scope.</summary>
    public static LoopState ToHost(LoopState state) => state with
    {
        Latent = new StreamTokens(OnHost(state.Latent.Video), OnHost(state.Latent.Audio)),
        Guided = new StreamTokens(OnHost(state.Guided.Video), OnHost(state.Guided.Audio)),
    };

    /// <summary>Writes a state on the CPU in place of an earlier one.</summary>
    public static void Write(string path, string key, LoopState state)
    {
        var done = state.Done.ToString(CultureInfo.InvariantCulture);
        (string Name, Tensor? Value)[] sorted =
        [
            (Audio, state.Latent.Audio), (Guided + Audio, state.Guided.Audio), (Guided + Video, state.Guided.Video),
            (Video, state.Latent.Video),
        ];
        var tensors = sorted.Where(tensor => tensor.Value is not null).Select(tensor => (tensor.Name, Value: tensor.Value!)).ToList();
        using var hash = Begin(key, done);
        foreach (var (name, value) in tensors)
        {
            using var scope = TensorScope.OpenOnHost();
            Add(hash, name, value.shape);
            hash.AppendData(value.view(-1).bytes);
        }

        SafetensorsWriter.Write(
            path, tensors.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)), new Dictionary<string, string>
            {
                [KeyEntry] = key,
                [DoneEntry] = done,
                [DigestEntry] = Convert.ToHexStringLower(hash.GetHashAndReset()),
            });
    }

    /// <summary>Returns the number of finished steps in a file; null when the file is damaged or belongs to another key.</summary>
    public static int? Verify(string path, string key)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            var metadata = file.Header.Metadata;
            return metadata.GetValueOrDefault(KeyEntry) == key && metadata.GetValueOrDefault(DoneEntry) is { } done
                && metadata.GetValueOrDefault(DigestEntry) == Digest(file, key, done)
                && int.TryParse(done, CultureInfo.InvariantCulture, out var steps) && steps > 0
                    ? steps
                    : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or SafetensorsException)
        {
            return null;
        }
    }

    /// <summary>Reads a state to the CPU; its tensors belong to the current dispose scope.</summary>
    /// <param name="done">The verified number of finished steps.</param>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static LoopState Read(string path, int done)
    {
        using var file = SafetensorsFile.Open(path);
        return new LoopState(
            done, new StreamTokens(ReadOne(Video), ReadOne(Audio)), new StreamTokens(ReadOne(Guided + Video), ReadOne(Guided + Audio)));

        Tensor? ReadOne(string name)
        {
            if (!file.Header.Tensors.ContainsKey(name))
                return null;
            var tensor = file.ReadTensor(name);
            CurrentDisposeScope?.Attach(tensor);
            return tensor;
        }
    }

    private static Tensor? OnHost(Tensor? tensor) => tensor?.cpu().contiguous();

    private static string Digest(SafetensorsFile file, string key, string done)
    {
        using var hash = Begin(key, done);
        var chunk = new byte[ChunkBytes];
        foreach (var entry in file.Header.Tensors.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            Add(hash, entry.Name, entry.Shape);
            for (long start = 0; start < entry.Length; start += ChunkBytes)
            {
                var part = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, entry.Length - start));
                file.CopyTo(entry, start, part);
                hash.AppendData(part);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IncrementalHash Begin(string key, string done)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{key}\n{done}\n"));
        return hash;
    }

    private static void Add(IncrementalHash hash, string name, IEnumerable<long> shape) =>
        hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join('x', shape)}\n"));
}
