namespace MlxVideo.Engine.Adapters;

/// <summary>An adapter to apply when a model is loaded.</summary>
/// <param name="Path">Its safetensors file.</param>
/// <param name="Strength">How many times its product counts; may be negative, 0 for not at all.</param>
/// <param name="MayBePartial">
/// True to leave out layers that the model lacks, as the official code does without a word: an adapter for pictures and
/// sound on a model of pictures, for example. False to refuse the adapter.
/// </param>
public sealed record AdapterFile(string Path, double Strength, bool MayBePartial = false);
