using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>One modality's tensors during a denoising loop, on the device; all arithmetic is float32.</summary>
internal sealed class ModalityLoop : IDisposable
{
    private readonly ModalityRun _run;
    private readonly StreamRotation _rotation;
    private readonly Tensor _maskOnCpu;
    private readonly Tensor _mask;
    private readonly Tensor _clean;
    private readonly Tensor _context;
    private readonly Tensor _negativeContext;
    private readonly Tensor? _attentionWeights;
    private Tensor? _lastGuided;

    /// <summary>Moves a modality to the device; its tensors belong to the current dispose scope.</summary>
    public ModalityLoop(ModalityRun run, StreamRotation rotation, Device device)
    {
        _run = run;
        _rotation = rotation;
        _maskOnCpu = run.State.DenoiseMask.cpu();
        _mask = run.State.DenoiseMask.to(device);
        _clean = run.State.Clean.to(device);
        _context = run.Context.to(device);
        _negativeContext = run.NegativeContext?.to(device) ?? _context;
        _attentionWeights = run.State.AttentionWeights?.to(device);
        Latent = run.State.Latent.to(device, copy: true);
    }

    /// <summary>True when the tokens stay unchanged.</summary>
    public bool IsFrozen => _run.Frozen;

    /// <summary>The current tokens.</summary>
    public Tensor Latent { get; private set; }

    /// <summary>The last prediction after guidance; null when no step reuses it.</summary>
    public Tensor? LastGuided => _lastGuided;

    /// <summary>Continues from the state after an earlier step.</summary>
    /// <param name="latent">The tokens after that step.</param>
    /// <param name="guided">That step's prediction; null when no step reuses it.</param>
    public void Restore(Tensor latent, Tensor? guided)
    {
        var before = Latent;
        Latent = latent.to(before.device, copy: true).DetachFromDisposeScope();
        before.Dispose();
        _lastGuided?.Dispose();
        _lastGuided = guided?.to(Latent.device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>True when tensors have the shape and dtype of this modality's tokens.</summary>
    public bool Matches(Tensor? latent, Tensor? guided) => latent is not null && IsLike(latent) && (guided is null || IsLike(guided));

    /// <summary>Returns the guidance of the step at <paramref name="sigma"/>.</summary>
    public GuidanceSettings Guidance(float sigma) => _run.Guidance?.For(sigma) ?? GuidanceSettings.None;

    /// <summary>Returns the transformer's input for an evaluation; the tensors belong to the current dispose scope.</summary>
    public ModalityInput Input(GuidanceEvaluation evaluation, float sigma, bool enabled)
    {
        var own = _run.Frozen ? 0 : sigma;
        return new ModalityInput(
            Latent,
            (_maskOnCpu * own).squeeze(-1),
            full([Latent.shape[0]], own),
            _rotation,
            evaluation == GuidanceEvaluation.Unconditional ? _negativeContext : _context,
            SelfAttentionWeights: _attentionWeights,
            Enabled: enabled);
    }

    /// <summary>Returns x0 from the velocity, with each token's own timestep.</summary>
    public Tensor Denoise(Tensor velocity, float sigma)
    {
        using var scope = TensorScope.Open();
        return LatentMath.ToDenoised(Latent, velocity, _mask * (_run.Frozen ? 0 : sigma)).MoveToOuterDisposeScope();
    }

    /// <summary>Combines evaluations to a prediction (docs/reference/pipelines.md, fact 16).</summary>
    /// <param name="evaluations">x0 of each evaluation; null to reuse the previous step's prediction.</param>
    public Prediction Predict(IReadOnlyDictionary<GuidanceEvaluation, Tensor>? evaluations, float sigma)
    {
        var guided = evaluations is null ? _lastGuided!.alias() : Sampling.Guidance.Combine(Guidance(sigma), evaluations);
        return new Prediction(evaluations ?? new Dictionary<GuidanceEvaluation, Tensor>(), guided, KeepClean(guided));
    }

    /// <summary>Blends conditioned tokens with their clean values.</summary>
    public Tensor KeepClean(Tensor tokens) => LatentMath.KeepClean(tokens, _mask, _clean);

    /// <summary>Replaces the tokens.</summary>
    /// <param name="latent">The new tokens, on the device.</param>
    /// <param name="guided">The prediction that led to them, for steps that reuse it.</param>
    /// <param name="sigma">Noise level of the prediction.</param>
    public void MoveTo(Tensor latent, Tensor guided, float sigma)
    {
        if (Guidance(sigma).SkipStep > 0)
        {
            var kept = guided.alias().DetachFromDisposeScope();
            _lastGuided?.Dispose();
            _lastGuided = kept;
        }

        var before = Latent;
        Latent = latent.alias().DetachFromDisposeScope();
        before.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rotation.Dispose();
        _lastGuided?.Dispose();
        Latent.Dispose();
    }

    private bool IsLike(Tensor tensor) => tensor.dtype == Latent.dtype && tensor.shape.SequenceEqual(Latent.shape);
}
