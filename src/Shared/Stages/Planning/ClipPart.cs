using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// A part of a clip that is denoised at once. Every part after the first starts with the last latent frames of the previous part, which
/// stay unchanged. The model treats the first of them as the single frame with which every latent starts, although it holds eight: like the
/// first latent frame of a decode tile, it only precedes those whose positions in time are exact.
/// </summary>
/// <param name="Index">Index among the clip's parts.</param>
/// <param name="LatentStart">The clip's latent frame with which the part starts.</param>
/// <param name="LatentFrames">Latent frames of the part, including the kept ones.</param>
/// <param name="KeptFrames">Latent frames at its start that are those of the previous part; 0 for the first part.</param>
/// <param name="AudioStart">The clip's audio latent frame with which the part starts.</param>
/// <param name="AudioFrames">Audio latent frames of the part, including the kept ones; 0 for a clip without audio.</param>
/// <param name="KeptAudioFrames">Audio latent frames at its start that are those of the previous part.</param>
internal sealed record ClipPart(
    int Index, int LatentStart, int LatentFrames, int KeptFrames, int AudioStart, int AudioFrames, int KeptAudioFrames)
{
    // 2^32 divided by the golden ratio, which is odd: the parts of a clip have different seeds, far from those that a user tries in turn.
    private const long SeedStep = 0x9E37_79B9;

    /// <summary>Pixel frames of the part, including the kept ones: 1 + 8k.</summary>
    public int NumFrames => 1 + ((LatentFrames - 1) * LatentSize.TimeScale);

    /// <summary>The clip's pixel frame that is the part's first.</summary>
    public int FrameStart => LatentStart * LatentSize.TimeScale;

    /// <summary>The clip's pixel frame after the part's last.</summary>
    public int FrameStop => FrameStart + NumFrames;

    /// <summary>The clip's latent frame after the part's last.</summary>
    public int LatentStop => LatentStart + LatentFrames;

    /// <summary>The clip's first latent frame that no earlier part has.</summary>
    public int OwnStart => LatentStart + KeptFrames;

    /// <summary>Returns the parts of a clip, in order; a single one for a clip that is rendered at once.</summary>
    public static IReadOnlyList<ClipPart> Of(RenderSettings settings)
    {
        var total = LatentFramesOf(settings.NumFrames);
        var size = Math.Min(LatentFramesOf(settings.PartFrames ?? settings.NumFrames), total);
        var parts = new List<ClipPart> { new(0, 0, size, 0, 0, AudioFramesOf(settings, settings.PartFrames ?? settings.NumFrames), 0) };
        var kept = LatentFramesOf(settings.OverlapFrames);
        if (size < total)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(kept, size, nameof(settings));
        while (parts[^1].LatentStop < total)
        {
            var previous = parts[^1];
            var start = previous.LatentStop - kept;
            var part = new ClipPart(parts.Count, start, Math.Min(size, total - start), kept, 0, 0, 0);
            // Computed from the start of the clip, so that rounding does not add up.
            var audioStart = AudioFramesOf(settings, part.FrameStart);
            parts.Add(part with
            {
                AudioStart = audioStart,
                AudioFrames = AudioFramesOf(settings, part.FrameStop) - audioStart,
                KeptAudioFrames = AudioFramesOf(settings, previous.FrameStop) - audioStart,
            });
        }

        return parts;
    }

    /// <summary>True when the part is the first one with a pixel frame.</summary>
    public bool Owns(int frame) => frame < FrameStop && (Index == 0 || frame >= FrameOf(OwnStart));

    /// <summary>Returns the seed of the part's noise.</summary>
    public long Seed(long clipSeed) => (clipSeed + (Index * SeedStep)) % (RenderSettingsRules.MaxSeed + 1);

    /// <summary>Returns a name that is unique among the parts; that of the first part is the name of a clip rendered at once.</summary>
    public string Name(string name) => Index == 0 ? name : $"{name}-part-{Index + 1}";

    /// <summary>Returns the first pixel frame of an inner latent frame.</summary>
    private static int FrameOf(int latentFrame) => 1 + ((latentFrame - 1) * LatentSize.TimeScale);

    private static int LatentFramesOf(int numFrames) => ((numFrames - 1) / LatentSize.TimeScale) + 1;

    private static int AudioFramesOf(RenderSettings settings, int numFrames) =>
        settings.Audio ? AudioLatentSize.FramesForVideo(Math.Min(numFrames, settings.NumFrames), settings.Fps) : 0;
}
