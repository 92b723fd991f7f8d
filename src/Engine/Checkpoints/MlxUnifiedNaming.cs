using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// mlx-video's <c>model.safetensors</c>: every component under its own prefix, convolutions with channels last (reference/mlx-video.md,
/// part B).
/// </summary>
internal sealed class MlxUnifiedNaming : KeyNaming
{
    private readonly Dictionary<string, KeyNaming> _components;
    private readonly bool _hasDecoderStatistics;

    public MlxUnifiedNaming(IReadOnlyCollection<TensorEntry> tensors)
    {
        var vae = new VideoVaeNaming(tensors.Select(tensor => tensor with { Name = UnderVae(tensor.Name) }).ToList());
        _components = new Dictionary<string, KeyNaming>(StringComparer.Ordinal)
        {
            ["transformer"] = new TransformerNaming(tensors),
            ["vae_decoder"] = vae,
            ["vae_encoder"] = vae,
            ["audio_vae"] = new AudioVaeNaming(),
            ["vocoder"] = new VocoderNaming(),
            ["connector"] = new PrefixNaming("model.diffusion_model.", ["text_embedding_projection."]),
        };
        _hasDecoderStatistics =
            tensors.Any(tensor => tensor.Name.StartsWith("vae_decoder.", StringComparison.Ordinal) && IsStatistic(tensor.Name));
    }

    /// <inheritdoc/>
    public override bool IsMlx => true;

    /// <inheritdoc/>
    public override ReleasedTensor? Place(string key, int rank)
    {
        var end = key.IndexOf('.', StringComparison.Ordinal);
        if (end < 0 || !_components.TryGetValue(key[..end], out var component))
            return new ReleasedTensor(key);
        // Encoder and decoder carry identical statistics; released files store them once.
        if (key.StartsWith("vae_encoder.", StringComparison.Ordinal) && IsStatistic(key) && _hasDecoderStatistics)
            return null;
        var inComponent = component is VideoVaeNaming ? UnderVae(key) : key[(end + 1)..];
        return component.Place(inComponent, rank) is not { } placed ? null : placed with { Axes = ReleasedAxes(placed.Key, rank) };
    }

    private static bool IsStatistic(string key)
    {
        var inComponent = key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return Statistics(inComponent) != inComponent;
    }

    /// <summary>Maps a key of the video VAE's encoder or decoder to its key within the VAE.</summary>
    private static string UnderVae(string key)
    {
        var inComponent = key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (IsStatistic(key))
            return inComponent;
        return key.StartsWith("vae_decoder.", StringComparison.Ordinal) ? "decoder." + inComponent
            : key.StartsWith("vae_encoder.", StringComparison.Ordinal) ? "encoder." + inComponent
            : key;
    }

    /// <summary>
    /// Returns the file's axis for each torch axis; null when the order is unchanged. Channels come second in torch, last in MLX;
    /// transposed convolutions have their inputs first in torch.
    /// </summary>
    private static int[]? ReleasedAxes(string key, int rank)
    {
        if (!key.EndsWith(".weight", StringComparison.Ordinal) || rank < 3)
            return null;
        if (key.Contains(".ups.", StringComparison.Ordinal))
            return [2, 0, 1];
        return [0, rank - 1, .. Enumerable.Range(1, rank - 2)];
    }
}
