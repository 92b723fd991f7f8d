using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>Sums the hidden states' contributions to the features in float32, state by state, which avoids keeping the states.</summary>
public sealed class FeatureSum : IDisposable
{
    private readonly FeatureExtractor _extractor;
    private readonly Tensor _mask;
    private readonly Tensor?[] _sums;

    internal FeatureSum(FeatureExtractor extractor, Tensor mask)
    {
        _extractor = extractor;
        _mask = mask;
        _sums = new Tensor?[extractor.Projections.Count];
    }

    /// <summary>Adds the contribution of one hidden state.</summary>
    /// <param name="index">Index of the state: 0 … L − 1, each once.</param>
    /// <param name="hiddenState">(B, S, D)</param>
    public void Add(int index, Tensor hiddenState)
    {
        using var scope = TensorScope.Open();
        var normed = _extractor.Normalize(hiddenState, _mask);
        for (var i = 0; i < _sums.Length; i++)
        {
            var part = _extractor.Projections[i].Contribution(index, normed);
            _sums[i] = _sums[i]?.add_(part) ?? part.DetachFromDisposeScope();
        }
    }

    /// <summary>Returns the video stream's features (B, S, W) after all states were added.</summary>
    public Tensor Video() => Finish(0);

    /// <summary>Returns the audio stream's features (B, S, W) after all states were added; in LTX-2.0, the video stream's.</summary>
    public Tensor Audio() => Finish(_sums.Length - 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sum in _sums)
            sum?.Dispose();
    }

    private Tensor Finish(int projection) => _extractor.Projections[projection].Finish(
        _sums[projection] ?? throw new InvalidOperationException("No hidden state was added."));
}
