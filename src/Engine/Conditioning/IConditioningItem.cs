using MlxVideo.Engine.Sampling;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Something that a clip is to follow: it changes tokens of the latent or appends its own.</summary>
public interface IConditioningItem
{
    /// <summary>The state after this item, a new one; items are applied in the order they were asked for, before noise is drawn.</summary>
    /// <param name="state">The state so far, on the CPU.</param>
    /// <param name="grid">The video latent that the stage denoises.</param>
    LatentState Apply(LatentState state, VideoGrid grid);
}
