namespace MlxVideo.Shared.Renders;

/// <summary>Samplers of guided denoise passes.</summary>
public enum SamplerKind
{
    /// <summary>Euler: deterministic, first order.</summary>
    Euler,

    /// <summary>Ancestral Euler: adds fresh noise after each step.</summary>
    EulerAncestral,

    /// <summary>res_2s: second order, with two transformer evaluations per step and fresh noise.</summary>
    Res2s,
}
