namespace MlxVideo.Engine.Checkpoints;

/// <summary>A module's request for a weight.</summary>
/// <param name="IsMatrix">True for weights of linear layers and embeddings, which may be stored packed.</param>
public sealed record WeightRequest(string Key, IReadOnlyList<long> Shape, bool IsMatrix);
