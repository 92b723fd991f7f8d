using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>A denoising loop's side of an <see cref="IPassExchange"/>.</summary>
/// <param name="exchange">The way to the machine that helps.</param>
public sealed class StepHelp(IPassExchange exchange)
{
    /// <summary>Offers a step.</summary>
    /// <returns>How many of its passes, the last ones, are computed elsewhere.</returns>
    internal int Offer(int step, int passes, StreamTokens tokens) =>
        passes > 1 ? exchange.Offer(step, passes, path => PassFiles.WriteTokens(path, tokens)) : 0;

    /// <summary>The velocities of passes that were offered.</summary>
    /// <param name="step">The step's index.</param>
    /// <param name="passes">The passes.</param>
    /// <param name="tokens">The step's tokens, whose shapes the velocities must have.</param>
    /// <param name="device">Where they are to be.</param>
    /// <returns>They belong to the current dispose scope; null when they do not come, or are not what was asked for.</returns>
    internal IReadOnlyDictionary<GuidancePass, StreamTokens>? Receive(int step, IReadOnlyList<GuidancePass> passes, StreamTokens tokens, Device device)
    {
        if (exchange.Receive(step) is not { } path)
            return null;
        try
        {
            using var file = SafetensorsFile.Open(path);
            var velocities = passes.ToDictionary(pass => pass, pass => PassFiles.ReadVelocities(file, pass));
            return velocities.Values.All(predicted => IsLike(predicted.Video, tokens.Video) && IsLike(predicted.Audio, tokens.Audio))
                ? velocities.ToDictionary(pass => pass.Key, pass => new StreamTokens(pass.Value.Video?.to(device), pass.Value.Audio?.to(device)))
                : null;
        }
        catch (SafetensorsException)
        {
            return null; // computed here then
        }
    }

    /// <summary>A modality that reuses its last prediction has tokens and no velocities.</summary>
    private static bool IsLike(Tensor? velocity, Tensor? tokens) => velocity is null || (tokens is not null && velocity.shape.SequenceEqual(tokens.shape));
}
