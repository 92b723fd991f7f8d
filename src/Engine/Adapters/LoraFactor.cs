namespace MlxVideo.Engine.Adapters;

/// <summary>Role of an adapter tensor in its layer.</summary>
public enum LoraFactor
{
    /// <summary>A, (r, in).</summary>
    Down,

    /// <summary>B, (out, r).</summary>
    Up,

    /// <summary>Scalar: the product is scaled by alpha / r.</summary>
    Alpha,

    /// <summary>Scalar factor on A when it is stored as 8-bit floats.</summary>
    DownScale,

    /// <summary>Scalar factor on B when it is stored as 8-bit floats.</summary>
    UpScale,
}
