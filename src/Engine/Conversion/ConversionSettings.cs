using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Conversion;

/// <summary>What a conversion changes. The result is a model folder in the released layout.</summary>
/// <param name="Dtype">
/// F32, F16 or BF16 for the large weights of transformer, connectors and video VAE: linear layers, embeddings and convolutions. Norms,
/// biases, tables and statistics are small and stay as stored, and the audio components compute in float32 anyway. Null keeps dtypes.
/// </param>
/// <param name="Quantization">Quantization of the transformer's linear layers; null for none. Packed layers stay as they are.</param>
/// <param name="Adapters">Adapters to merge, before quantization; packed layers that they change are expanded.</param>
/// <param name="PerComponent">True for one file per component, false for a single file.</param>
/// <param name="TextEncoder">False to leave out the text encoder, to be named separately when the model is used.</param>
public sealed record ConversionSettings(
    TensorDtype? Dtype = null, RuntimeQuantization? Quantization = null, IReadOnlyList<AdapterFile>? Adapters = null,
    bool PerComponent = false, bool TextEncoder = true);
