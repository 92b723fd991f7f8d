using MlxVideo.Engine.Kernels;

namespace MlxVideo.Cli.Doctor;

/// <summary>The arguments of <c>doctor</c>.</summary>
/// <param name="Compute">Device, dtype and kernels to test.</param>
/// <param name="ModelFolder">Folder of the model to check; null for none.</param>
/// <param name="DataFolder">Data folder of a daemon whose disk is checked; null for none.</param>
internal sealed record DoctorRequest(ComputeSettings Compute, string? ModelFolder, string? DataFolder);
