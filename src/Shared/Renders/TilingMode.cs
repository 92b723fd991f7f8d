namespace MlxVideo.Shared.Renders;

/// <summary>
/// How a latent is divided for decoding. Smaller tiles need less memory and more time; where they overlap, their frames are blended, so the
/// mode affects the bits. Sizes other than the official ones are the predecessor's (<see cref="Tiling.TileSizes"/>).
/// </summary>
public enum TilingMode
{
    /// <summary>
    /// <see cref="Official"/>. <c>generate</c> replaces it before planning by a mode with smaller tiles if an official tile would not fit
    /// into the machine's memory.
    /// </summary>
    Auto,

    /// <summary>The tiles of the official pipelines: 80 frames, and 768 pixels on the long side.</summary>
    Official,

    /// <summary>The whole clip at once.</summary>
    None,

    /// <summary>Tiles of 512 pixels and 64 frames.</summary>
    Default,

    /// <summary>Tiles of 256 pixels and 32 frames.</summary>
    Aggressive,

    /// <summary>Tiles of 768 pixels and 96 frames.</summary>
    Conservative,

    /// <summary>Tiles of 512 pixels, over all frames.</summary>
    Spatial,

    /// <summary>Tiles of 64 frames, of whole frames.</summary>
    Temporal,
}
