namespace MlxVideo.Engine.Checkpoints;

/// <summary>What a module asks a source for.</summary>
/// <param name="Key">The checkpoint key.</param>
/// <param name="Shape">The shape.</param>
/// <param name="IsMatrix">True for weights of linear layers and embeddings, which may be stored packed.</param>
public sealed record WeightRequest(string Key, IReadOnlyList<long> Shape, bool IsMatrix);
