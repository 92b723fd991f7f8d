using MlxVideo.Engine.Sampling;

namespace MlxVideo.Engine.Conditioning;

/// <summary>A conditioning input of a clip: changes tokens of the latent or appends its own.</summary>
public interface IConditioningItem
{
    /// <summary>Returns a new state with this item applied. Items are applied in request order, before noise is drawn.</summary>
    /// <param name="state">The current state, on the CPU.</param>
    /// <param name="grid">The video latent that the stage denoises.</param>
    LatentState Apply(LatentState state, VideoGrid grid);
}
