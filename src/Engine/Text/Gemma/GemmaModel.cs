using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers.Streaming;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Gemma 3's text model. Keys below <see cref="GemmaKeys.ReleasedPrefix"/>: <c>embed_tokens, layers.N, norm</c>; the embedding is also the
/// output layer.
/// </summary>
public sealed class GemmaModel : nn.Module
{
    private readonly TensorKernels _kernels;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly WeightMatrix embed_tokens;
    private readonly ILayerSequence<GemmaLayer> _layers;
    private readonly Tensor norm;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public GemmaModel(WeightScope scope, GemmaConfig config)
        : this(scope, config, layers: null)
    {
    }

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    /// <param name="layers">Source of the layers, disposed with the model; null keeps all layers in memory.</param>
    internal GemmaModel(WeightScope scope, GemmaConfig config, ILayerSequence<GemmaLayer>? layers)
        : base(nameof(GemmaModel))
    {
        Config = config;
        (_kernels, _dtype, _device) = (scope.Compute.Kernels, scope.Compute.Dtype, scope.Compute.Device);
        embed_tokens = scope.Matrix("embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        _layers = layers ?? new ResidentLayers<GemmaLayer>(Enumerable.Range(0, config.Layers)
            .Select(index => new GemmaLayer(scope.Sub(GemmaKeys.Layers).Sub(index), config)));
        norm = scope.Weight("norm.weight", config.HiddenSize);
        RegisterComponents();
    }

    public GemmaConfig Config { get; }

    /// <summary>Number of hidden states that <see cref="Forward"/> emits: layers + 1.</summary>
    public int HiddenStates => Config.Layers + 1;

    /// <summary>
    /// Emits the layers + 1 hidden states as they are computed: the scaled embeddings, the input of each later layer, and the normed output
    /// of the last layer (docs/reference/text.md, section 1). Each is valid only during its callback. Positions count padding.
    /// </summary>
    /// <param name="ids">(B, S) int64.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    /// <param name="onHiddenState">Receives the index and the state (B, S, hidden).</param>
    /// <param name="cancellationToken">Honoured between layers.</param>
    public void Forward(Tensor ids, Tensor mask, Action<int, Tensor> onHiddenState, CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        var tokens = ids.shape[1];
        var positions = arange(tokens, ScalarType.Int64).unsqueeze(0);
        var local = InputsOf(isGlobal: false, positions, mask, tokens);
        var global = InputsOf(isGlobal: true, positions, mask, tokens);
        using var last = Run(ids, layer => Config.GlobalLayers[layer] ? global : local, onHiddenState, cancellationToken);
        onHiddenState(Config.Layers, last);
    }

    /// <summary>Returns a layer's inputs for reading the last tokens of a text.</summary>
    /// <param name="positions">(B, S) of the tokens to read; B may be 1.</param>
    /// <param name="mask">(B, T) of all tokens so far.</param>
    /// <param name="keys">Number of last tokens that have keys.</param>
    internal GemmaLayerInputs InputsOf(bool isGlobal, Tensor positions, Tensor mask, long keys)
    {
        var (theta, scaling, window) = isGlobal
            ? (Config.GlobalTheta, Config.GlobalScaling, mask.shape[1])
            : (Config.LocalTheta, 1, Config.SlidingWindow);
        return new GemmaLayerInputs(
            GemmaRotation.Table(positions, Config.HeadDim, theta, scaling, _dtype, _device),
            GemmaMasks.Causal(mask, positions.shape[1], keys, window, _dtype, _device));
    }

    /// <summary>Runs all layers and returns the normed output of the last one (B, S, hidden).</summary>
    internal Tensor Run(
        Tensor ids, Func<int, GemmaLayerInputs> inputsOf, Action<int, Tensor>? onLayerInput, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Open();

        // The scale is rounded to the compute dtype: 62.0 in bfloat16 for Gemma 3 12B.
        var scale = tensor((float)Math.Sqrt(Config.HiddenSize)).to(_dtype, _device);
        var x = embed_tokens.SelectRows(ids.flatten().to(_device)).view(ids.shape[0], ids.shape[1], -1) * scale;
        for (var index = 0; index < Config.Layers; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            onLayerInput?.Invoke(index, x);
            var next = RunLayer(index, x, inputsOf(index));
            x.Dispose();
            x = next;
        }

        return GemmaNorm.Apply(_kernels, x, norm, Config.NormEpsilon).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the scores of the next token: (B, vocabulary), float32, on the CPU.</summary>
    /// <param name="last">(B, hidden): the normed output at the last token.</param>
    internal Tensor Logits(Tensor last)
    {
        using var scope = TensorScope.Open();
        return embed_tokens.Product(_kernels, last, null).to(ScalarType.Float32).cpu().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            embed_tokens.Dispose();
            _layers.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor RunLayer(int index, Tensor x, GemmaLayerInputs inputs)
    {
        var layer = _layers.Take(index);
        try
        {
            return layer.Forward(x, inputs);
        }
        finally
        {
            _layers.Release(layer);
        }
    }
}
