using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>A denoising loop's side of an <see cref="IEvaluationExchange"/>.</summary>
/// <param name="exchange">The way to the machine that helps.</param>
public sealed class EvaluationOffload(IEvaluationExchange exchange)
{
    /// <summary>Offers a step.</summary>
    /// <returns>How many of its evaluations, the last ones, are computed elsewhere.</returns>
    internal int Offer(int step, int evaluations, StreamTokens tokens) =>
        evaluations > 1 ? exchange.Offer(step, evaluations, path => EvaluationFiles.WriteTokens(path, tokens)) : 0;

    /// <summary>The velocities of evaluations that were offered.</summary>
    /// <param name="step">The step's index.</param>
    /// <param name="evaluations">The evaluations.</param>
    /// <param name="own">What an evaluation that was computed here last predicts: the others have its modalities, shapes and dtype.</param>
    /// <param name="device">Where they are to be.</param>
    /// <returns>They belong to the current dispose scope; null when they do not come, or are not what was asked for.</returns>
    internal IReadOnlyDictionary<GuidanceEvaluation, StreamTokens>? Receive(
        int step, IReadOnlyList<GuidanceEvaluation> evaluations, StreamTokens own, Device device)
    {
        WaitForDevice(own);
        if (exchange.Receive(step) is not { } path)
            return null;
        try
        {
            using var file = SafetensorsFile.Open(path);
            var velocities =
                evaluations.ToDictionary(evaluation => evaluation, evaluation => EvaluationFiles.ReadVelocities(file, evaluation));
            if (velocities.Values.All(predicted => IsLike(predicted.Video, own.Video) && IsLike(predicted.Audio, own.Audio)))
                return velocities.ToDictionary(evaluation => evaluation.Key, evaluation =>
                    new StreamTokens(evaluation.Value.Video?.to(device), evaluation.Value.Audio?.to(device)));
            exchange.Reject(step, "it predicted other modalities, shapes or dtypes than are predicted here");
        }
        catch (SafetensorsException ex)
        {
            exchange.Reject(step, ex.Message);
        }

        return null;
    }

    /// <summary>A device computes behind the calls: reading a value waits for it, so that what its own evaluations took is known.</summary>
    private static void WaitForDevice(StreamTokens own)
    {
        using var scope = TensorScope.OpenOnHost();
        _ = (own.Video ?? own.Audio)!.reshape(-1).narrow(0, 0, 1).cpu();
    }

    private static bool IsLike(Tensor? velocity, Tensor? own) =>
        own is null ? velocity is null : velocity is not null && velocity.dtype == own.dtype && velocity.shape.SequenceEqual(own.shape);
}
