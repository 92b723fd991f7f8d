namespace MlxVideo.Engine.Adapters;

/// <summary>How adapters are applied when a model is loaded.</summary>
public enum LoraPlacement
{
    /// <summary>Merged into dense weights; kept separate from packed weights, which would have to be requantized.</summary>
    Merged,

    /// <summary>Kept separate from all weights: slightly slower, but loading involves no arithmetic on the weights.</summary>
    Separate,
}
