namespace MlxVideo.Engine.Checkpoints;

/// <summary>Keys of a standalone audio VAE: released names without their prefix; diffusers and MLX rename only the statistics.</summary>
internal sealed class AudioVaeNaming : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new("audio_vae." + Statistics(key));
}
