using MlxVideo.Engine.Sampling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Overwrites audio tokens with given ones, which stay unchanged.</summary>
/// <param name="Latent">(1, C, T, mel): the encoded audio.</param>
/// <param name="Frame">The first latent frame to overwrite.</param>
public sealed record KeepAudio(Tensor Latent, int Frame)
{
    /// <summary>Returns a new state; frames beyond the clip's end are ignored.</summary>
    public LatentState Apply(LatentState state)
    {
        using var scope = TensorScope.Open();
        var tokens = AudioGrid.ToTokens(Latent.cpu().to(ScalarType.Float32));
        var count = Math.Min(tokens.shape[1], state.Tokens - Frame);
        var clean = state.Clean.clone();
        clean.narrow(1, Frame, count).copy_(tokens.narrow(1, 0, count));
        var mask = state.DenoiseMask.clone();
        mask.narrow(1, Frame, count).fill_(0f);
        return state with { Clean = clean.MoveToOuterDisposeScope(), DenoiseMask = mask.MoveToOuterDisposeScope() };
    }
}
