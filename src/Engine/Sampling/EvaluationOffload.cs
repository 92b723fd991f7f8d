using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>The denoising loop's side of an <see cref="IEvaluationExchange"/>.</summary>
/// <param name="exchange">Connection to the helper.</param>
public sealed class EvaluationOffload(IEvaluationExchange exchange)
{
    /// <summary>Offers a step's evaluations to the helper.</summary>
    /// <returns>Number of evaluations, counted from the last, that the helper computes.</returns>
    internal int Offer(int step, int evaluations, StreamTokens tokens) =>
        evaluations > 1 ? exchange.Offer(step, evaluations, path => EvaluationFiles.WriteTokens(path, tokens)) : 0;

    /// <summary>Receives the velocities of offloaded evaluations.</summary>
    /// <param name="own">Velocities of the last local evaluation; received ones must match its modalities, shapes and dtype.</param>
    /// <param name="device">Target device.</param>
    /// <returns>Velocities that belong to the current dispose scope; null when they do not arrive or do not match.</returns>
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
            exchange.Reject(step, "its predictions differ from the local ones in modalities, shapes or dtypes");
        }
        catch (SafetensorsException ex)
        {
            exchange.Reject(step, ex.Message);
        }

        return null;
    }

    /// <summary>
    /// Waits for the asynchronous device by reading a value, which makes the duration of the local evaluations measurable.
    /// </summary>
    private static void WaitForDevice(StreamTokens own)
    {
        using var scope = TensorScope.OpenOnHost();
        _ = (own.Video ?? own.Audio)!.reshape(-1).narrow(0, 0, 1).cpu();
    }

    private static bool IsLike(Tensor? velocity, Tensor? own) =>
        own is null ? velocity is null : velocity is not null && velocity.dtype == own.dtype && velocity.shape.SequenceEqual(own.shape);
}
