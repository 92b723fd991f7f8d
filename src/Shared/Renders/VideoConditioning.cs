using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Shared.Renders;

/// <summary>A conditioning video of a clip.</summary>
/// <param name="Video">The video file.</param>
/// <param name="Frame">
/// First pixel frame that it conditions: 0 or a multiple of 8. References always start at frame 0.
/// </param>
/// <param name="Strength">1 keeps the video unchanged, 0 ignores it.</param>
/// <param name="Use">How the video conditions the clip.</param>
public sealed record VideoConditioning(
    VideoFile Video,
    [property: Range(0, RenderSettingsRules.MaxFrames - 1)] int Frame = 0,
    [property: Range(0.0, 1)] double Strength = 1,
    VideoUse Use = VideoUse.Reference);

/// <summary>Ways in which a video conditions a clip.</summary>
public enum VideoUse
{
    /// <summary>The clip follows the video as an in-context adapter was trained to, for example from depth to colour.</summary>
    Reference,

    /// <summary>The video takes the place of the clip's frames.</summary>
    Replace,

    /// <summary>The clip is guided through the video's frames, which are added as keyframes.</summary>
    Guide,
}
