namespace MlxVideo.Engine.Adapters;

/// <summary>What a tensor of an adapter is to its layer.</summary>
public enum LoraFactor
{
    /// <summary>A, (r, in).</summary>
    Down,

    /// <summary>B, (out, r).</summary>
    Up,

    /// <summary>One number: the product counts alpha / r times.</summary>
    Alpha,
}
