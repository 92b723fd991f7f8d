namespace MlxVideo.Shared.Stages.Planning;

/// <summary>The denoised latents of one part of a clip.</summary>
/// <param name="Video">Artefact: the video latent.</param>
/// <param name="Audio">Artefact: the audio latent; null for a clip without audio.</param>
internal sealed record PartLatents(ClipPart Part, string Video, string? Audio)
{
    /// <summary>Returns the latent frames of a range of the clip that no earlier part has; null for none.</summary>
    public LatentRange? VideoBetween(int start, int stop)
    {
        var first = Math.Max(start, Part.OwnStart);
        var frames = Math.Min(stop, Part.LatentStop) - first;
        return frames > 0 ? new LatentRange(Video, first - Part.LatentStart, frames) : null;
    }

    /// <summary>Returns the audio latent frames that no earlier part has; null for none.</summary>
    public LatentRange? OwnAudio => Audio is not null && Part.AudioFrames > Part.KeptAudioFrames
        ? new LatentRange(Audio, Part.KeptAudioFrames, Part.AudioFrames - Part.KeptAudioFrames)
        : null;
}
