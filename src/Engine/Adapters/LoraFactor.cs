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

    /// <summary>DoRA: the norms of the adapted weight's rows, (out) or (out, 1), or of its columns, (1, in).</summary>
    Magnitude,

    /// <summary>LoKr: the left factor of the Kronecker product, (a, b).</summary>
    Left,

    /// <summary>LoKr: the first factor of a decomposed left factor, (a, r).</summary>
    LeftFirst,

    /// <summary>LoKr: the second factor of a decomposed left factor, (r, b).</summary>
    LeftSecond,

    /// <summary>LoKr: the right factor of the Kronecker product, (c, d).</summary>
    Right,

    /// <summary>LoKr: the first factor of a decomposed right factor, (c, r).</summary>
    RightFirst,

    /// <summary>LoKr: the second factor of a decomposed right factor, (r, d).</summary>
    RightSecond,
}
