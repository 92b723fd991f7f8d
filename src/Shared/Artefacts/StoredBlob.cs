namespace MlxVideo.Shared.Artefacts;

/// <summary>A blob in a store.</summary>
/// <param name="Length">Number of bytes.</param>
/// <param name="LastUsed">When it was stored or last used.</param>
public sealed record StoredBlob(string Digest, long Length, DateTimeOffset LastUsed);
