namespace MlxVideo.Engine.Checkpoints;

/// <summary>The audio VAE alone: released names without their prefix; diffusers and MLX rename the statistics only.</summary>
internal sealed class AudioVaeNaming : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) => new("audio_vae." + Statistics(key));
}
