using MlxVideo.Media.Clips;

namespace MlxVideo.Engine.Rendering;

/// <summary>The files that a local render writes.</summary>
/// <param name="Clip">The clip, with the extension of its encoder.</param>
public sealed record RenderOutputs(string Clip)
{
    /// <summary>WAV file for the audio as encoded, 16 bits; null for none.</summary>
    public string? Audio { get; init; }

    /// <summary>Folder for the frames as PNG files; null for none.</summary>
    public string? Frames { get; init; }

    /// <summary>Preview while the frames are encoded; null for none.</summary>
    public PreviewSettings? Preview { get; init; }

    /// <summary>
    /// True to encode each decoded tile at once and delete it: the disk holds a few tiles instead of the whole clip. The clip is the same.
    /// </summary>
    public bool Stream { get; init; }
}
