using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The second-order sampler of the official high-quality pipeline, res_2s: an exponential Runge-Kutta step in the logarithm of sigma with a
/// second evaluation at the geometric mean, and fresh noise after both halves. A last evaluation removes what noise is left. Close sigmas
/// amplify rounding, so its arithmetic is float64, on the CPU (https://github.com/Lightricks/LTX-2, ltx_pipelines/utils/samplers.py).
/// </summary>
internal sealed class Res2sStepper : IStepper
{
    // The schedule ends at a small sigma instead of 0, whose logarithm is infinite.
    private const float LastSigma = 0.0011f;

    // Short steps at high sigmas refine the point that the step starts from.
    private const double LongestRefinedStep = 0.5;
    private const float LowestRefinedSigma = 0.03f;
    private const int Refinements = 100;

    private static readonly Res2sStep Noising = new();

    private readonly IReadOnlyList<float> _sigmas;
    private readonly StepNoise _noise;
    private readonly StepNoise _middleNoise;

    /// <param name="sigmas">Noise levels in descending order; the last is 0.</param>
    /// <param name="seed">The clip's seed.</param>
    public Res2sStepper(IReadOnlyList<float> sigmas, long seed)
    {
        _sigmas = [.. sigmas.SkipLast(1), LastSigma];
        (_noise, _middleNoise) = (new StepNoise(seed, 1), new StepNoise(seed, 2));
    }

    /// <inheritdoc/>
    public DenoiseStep Step(LoopTokens tokens, int index, Func<float, LoopPredictions> evaluate)
    {
        var (sigma, next) = (_sigmas[index], _sigmas[index + 1]);
        var middle = Math.Sqrt((double)sigma * next);
        var step = new Coefficients(Math.Log((double)sigma / next));
        var first = evaluate(sigma);
        var (video, audio) = (Half.Of(tokens.Video, first.Video), Half.Of(tokens.Audio, first.Audio));
        foreach (var half in new[] { video, audio }.OfType<Half>())
            half.MoveToMiddle(step, sigma, middle, _middleNoise);
        var second = evaluate((float)middle);
        video?.MoveToEnd(step, second.Video!, sigma, next, _noise);
        audio?.MoveToEnd(step, second.Audio!, sigma, next, _noise);
        var last = first;
        if (index == _sigmas.Count - 2)
        {
            last = evaluate(LastSigma);
            tokens.Video?.MoveTo(last.Video!.Denoised, last.Video.Guided, LastSigma);
            tokens.Audio?.MoveTo(last.Audio!.Denoised, last.Audio.Guided, LastSigma);
        }

        return new DenoiseStep(index, _sigmas.Count - 1, Result(tokens.Video, last.Video), Result(tokens.Audio, last.Audio));

        static StepTokens? Result(ModalityLoop? modality, Prediction? prediction) => modality is null || prediction is null
            ? null
            : new StepTokens(prediction.Evaluations, prediction.Guided, prediction.Denoised, modality.Latent);
    }

    /// <inheritdoc/>
    public void Skip(LoopTokens tokens, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            foreach (var modality in tokens.Present)
            {
                _middleNoise.Skip(modality.Latent, ScalarType.Float64);
                _noise.Skip(modality.Latent, ScalarType.Float64);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _noise.Dispose();
        _middleNoise.Dispose();
    }

    /// <summary>Weights of a step of length h in the logarithm of sigma.</summary>
    private sealed class Coefficients
    {
        private const double Middle = 0.5;

        public Coefficients(double length)
        {
            Length = length;
            First = Middle * Phi1(-length * Middle);
            LastSecond = Phi2(-length) / Middle;
            LastFirst = Phi1(-length) - LastSecond;
        }

        public double Length { get; }

        /// <summary>Weight of the first prediction at the middle.</summary>
        public double First { get; }

        /// <summary>Weight of the first prediction at the end.</summary>
        public double LastFirst { get; }

        /// <summary>Weight of the second prediction at the end.</summary>
        public double LastSecond { get; }

        private static double Phi1(double z) => (Math.Exp(z) - 1) / z;

        private static double Phi2(double z) => (Math.Exp(z) - 1 - z) / (z * z);
    }

    /// <summary>One modality between the halves of a step.</summary>
    private sealed class Half
    {
        private readonly ModalityLoop _modality;
        private readonly Prediction _first;
        private Tensor _start;
        private Tensor _difference;

        private Half(ModalityLoop modality, Prediction first)
        {
            (_modality, _first) = (modality, first);
            _start = Exact(modality.Latent);
            _difference = Exact(first.Denoised) - _start;
        }

        public static Half? Of(ModalityLoop? modality, Prediction? first) =>
            modality is null || first is null ? null : new Half(modality, first);

        public void MoveToMiddle(Coefficients step, float sigma, double middle, StepNoise noise)
        {
            var reached = _start + (_difference * (step.Length * step.First));
            var moved = Exact(Noised(reached, sigma, middle, noise));
            if (step.Length < LongestRefinedStep && sigma > LowestRefinedSigma)
            {
                var target = Exact(_first.Denoised);
                for (var repetition = 0; repetition < Refinements; repetition++)
                {
                    _start = moved - (_difference * (step.Length * step.First));
                    _difference = target - _start;
                }
            }

            _modality.MoveTo(moved.to(ScalarType.Float32).to(_modality.Latent.device), _first.Guided, sigma);
        }

        public void MoveToEnd(Coefficients step, Prediction second, float sigma, float next, StepNoise noise)
        {
            var reached = _start
                + (((_difference * step.LastFirst) + ((Exact(second.Denoised) - _start) * step.LastSecond)) * step.Length);
            _modality.MoveTo(Noised(reached, sigma, next, noise).to(_modality.Latent.device), second.Guided, sigma);
        }

        /// <summary>Returns the tokens after fresh noise, float32 on the CPU.</summary>
        private Tensor Noised(Tensor reached, float sigma, double next, StepNoise noise)
        {
            var fresh = noise.Draw(_modality.Latent, ScalarType.Float64);
            if (_modality.IsFrozen)
                return _modality.Latent.cpu();
            var scaled = Normalized(Normalized(fresh));
            return _modality.KeepClean(Noising.Apply(_start, reached, scaled, sigma, next).to(_modality.Latent.device)).cpu();
        }

        private static Tensor Normalized(Tensor noise) => (noise - noise.mean()) / noise.std();

        private static Tensor Exact(Tensor tensor) => tensor.cpu().to(ScalarType.Float64);
    }
}
