using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Renders;

/// <summary>A file with the audio of a clip; audio files and videos with audio are accepted.</summary>
/// <param name="Blob">The file.</param>
/// <param name="Seconds">Duration of its audio.</param>
/// <param name="Start">Time in seconds at which the clip's audio starts in the file.</param>
public sealed record SoundFile(
    BlobRef Blob,
    [property: Range(0, TimeInterval.MaxSeconds)] double Seconds,
    [property: Range(0, TimeInterval.MaxSeconds)] double Start = 0);
