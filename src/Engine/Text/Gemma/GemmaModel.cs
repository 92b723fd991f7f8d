using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Gemma 3's text model as a reader of prompts: all hidden states, no cache. Keys below
/// <c>language_model.model</c>: <c>embed_tokens, layers.N, norm</c>.
/// </summary>
public sealed class GemmaModel : nn.Module
{
    private readonly GemmaConfig _config;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly Tensor embed_tokens;
    private readonly ModuleList<GemmaLayer> layers;
    private readonly Tensor norm;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public GemmaModel(WeightScope scope, GemmaConfig config)
        : base(nameof(GemmaModel))
    {
        _config = config;
        (_dtype, _device) = (scope.Compute.Dtype, scope.Compute.Device);
        embed_tokens = scope.Weight("embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        layers = new ModuleList<GemmaLayer>(Enumerable.Range(0, config.Layers)
            .Select(index => new GemmaLayer(scope.Sub("layers").Sub(index), config, config.IsGlobal(index))).ToArray());
        norm = scope.Weight("norm.weight", config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>Hidden states that <see cref="Forward"/> hands out: layers + 1.</summary>
    public int HiddenStates => _config.Layers + 1;

    /// <summary>
    /// Hands out the layers + 1 hidden states as they come: the scaled embeddings, then the input of each later layer,
    /// last the normed output of the last layer (README-text, section 1). Each lives only during its call.
    /// </summary>
    /// <param name="ids">(B, S) int64.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    /// <param name="onHiddenState">Gets the index and the state (B, S, hidden).</param>
    /// <param name="cancellation">Honoured between layers.</param>
    public void Forward(Tensor ids, Tensor mask, Action<int, Tensor> onHiddenState, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var tokens = ids.shape[1];
        var local = new GemmaLayerInputs(
            GemmaRotation.Table(tokens, _config.HeadDim, _config.LocalTheta, 1, _dtype, _device),
            GemmaMasks.Causal(mask, _config.SlidingWindow, _dtype, _device));
        var global = new GemmaLayerInputs(
            GemmaRotation.Table(tokens, _config.HeadDim, _config.GlobalTheta, _config.GlobalScaling, _dtype, _device),
            GemmaMasks.Causal(mask, tokens, _dtype, _device));

        // The scale is rounded to the compute dtype: 62.0 in bfloat16 for Gemma 3 12B.
        var scale = tensor((float)Math.Sqrt(_config.HiddenSize)).to(_dtype, _device);
        var x = embed_tokens.index_select(0, ids.flatten().to(_device)).view(ids.shape[0], tokens, -1) * scale;
        for (var index = 0; index < _config.Layers; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            onHiddenState(index, x);
            var next = layers[index].Forward(x, _config.IsGlobal(index) ? global : local);
            x.Dispose();
            x = next;
        }

        onHiddenState(_config.Layers, GemmaNorm.Apply(x, norm, _config.NormEpsilon));
    }
}
