using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>Use of one conditioning image's latent in a denoise stage.</summary>
/// <param name="Frame">Pixel frame.</param>
/// <param name="Strength">1 keeps the latent frozen, 0 starts it from pure noise.</param>
/// <param name="Method">Whether the latent replaces a frame or guides the clip.</param>
public sealed record ConditioningItem(int Frame, double Strength, ConditioningMethod Method);

/// <summary>Ways to condition a latent.</summary>
public enum ConditioningMethod
{
    /// <summary>Replaces latent frame <c>Frame / 8</c>.</summary>
    Replace,

    /// <summary>Appends the tokens of a keyframe.</summary>
    Append,
}

/// <summary>Use of one conditioning video's latent in a denoise stage.</summary>
public sealed record VideoItem
{
    /// <summary>Artefact: the latent, written by an <see cref="EncodeVideoStage"/>.</summary>
    public required string Latent { get; init; }

    /// <summary>Size of the latent.</summary>
    public required LatentSize Size { get; init; }

    /// <summary>How the video conditions the clip.</summary>
    public required VideoUse Use { get; init; }

    /// <summary>First pixel frame: a multiple of 8.</summary>
    public int Frame { get; init; }

    /// <summary>Number of latent frames to leave out at the start, of a replacement.</summary>
    public int Skip { get; init; }

    /// <summary>1 keeps the latent frozen, 0 starts it from pure noise.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Factor by which a reference is smaller than the clip.</summary>
    public int DownscaleFactor { get; init; } = 1;

    /// <summary>Factor by which a reference has fewer frames than the clip.</summary>
    public int TemporalScaleFactor { get; init; } = 1;

    /// <summary>Strength of the attention between the clip and a reference.</summary>
    public double AttentionStrength { get; init; } = 1;

    /// <summary>True when the latent's artefact has a mask that multiplies <see cref="AttentionStrength"/>.</summary>
    public bool HasMask { get; init; }
}

/// <summary>Replacement of audio tokens by those of given audio, which stay unchanged.</summary>
/// <param name="Latent">Artefact: the latent.</param>
/// <param name="Frame">Latent frame of the clip at which it starts.</param>
public sealed record AudioItem(string Latent, int Frame);

/// <summary>An adapter of a denoise stage.</summary>
/// <param name="File">Artefact: the safetensors file.</param>
/// <param name="Strength">Factor on the adapter.</param>
public sealed record StageAdapter(string File, double Strength);
