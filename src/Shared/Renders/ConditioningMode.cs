namespace MlxVideo.Shared.Renders;

/// <summary>How images condition a clip.</summary>
public enum ConditioningMode
{
    /// <summary>As the official pipelines do: an image at frame 0 replaces it, any other guides; keyframe pipelines guide always.</summary>
    Auto,

    /// <summary>Images replace the frames; an image must be at frame 0 or a multiple of 8.</summary>
    Replace,

    /// <summary>Images guide the clip as keyframes, also at frame 0.</summary>
    Guide,
}
