namespace MlxVideo.Shared.Tiling;

/// <summary>A run of latent rows or columns that is decoded on its own, and how it is blended into its neighbours.</summary>
/// <param name="Start">First latent position.</param>
/// <param name="Stop">One after the last.</param>
/// <param name="LeftRamp">Latent positions over which it fades in; 0 for the first.</param>
/// <param name="RightRamp">Latent positions over which it fades out; 0 for the last.</param>
public sealed record AxisTile(int Start, int Stop, int LeftRamp, int RightRamp);
