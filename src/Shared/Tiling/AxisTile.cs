namespace MlxVideo.Shared.Tiling;

/// <summary>A range of latent rows or columns decoded separately, with the ramps that blend it into its neighbours.</summary>
/// <param name="Start">First latent position.</param>
/// <param name="Stop">Last latent position, exclusive.</param>
/// <param name="LeftRamp">Latent positions over which the tile fades in; 0 for the first tile.</param>
/// <param name="RightRamp">Latent positions over which the tile fades out; 0 for the last tile.</param>
public sealed record AxisTile(int Start, int Stop, int LeftRamp, int RightRamp);
