namespace MlxVideo.Engine.Adapters;

/// <summary>Where adapters go when a model is loaded.</summary>
public enum LoraPlacement
{
    /// <summary>Added to dense weights; carried beside packed ones, which would have to be quantised again.</summary>
    Merged,

    /// <summary>Carried beside all weights: a little slower, and weights need no arithmetic when they are loaded.</summary>
    Beside,
}
