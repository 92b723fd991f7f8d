namespace MlxVideo.Shared.Stages;

/// <summary>Consecutive latent frames of a video or audio latent.</summary>
/// <param name="Latent">Artefact: a latent (1, C, F, H, W) of video, or (1, C, T, mel) of audio.</param>
/// <param name="Start">First latent frame.</param>
/// <param name="Frames">Number of latent frames.</param>
public sealed record LatentRange(string Latent, int Start, int Frames);
