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

    /// <summary>One number: what the 8-bit floats of A are multiplied by.</summary>
    DownScale,

    /// <summary>One number: what the 8-bit floats of B are multiplied by.</summary>
    UpScale,
}
