namespace MlxVideo.Shared.Stages.Planning;

/// <summary>Size of frames in pixels.</summary>
internal readonly record struct FrameSize(int Width, int Height);

/// <summary>Part of the rendered frames that a clip shows, in pixels.</summary>
internal readonly record struct OutputArea(int Width, int Height, int CropLeft, int CropTop);
