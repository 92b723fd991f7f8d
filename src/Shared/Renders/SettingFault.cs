namespace MlxVideo.Shared.Renders;

/// <summary>A setting that can't be rendered.</summary>
/// <param name="Setting">The setting's name as the CSV's columns have it: <c>num_frames</c>.</param>
/// <param name="Reason">One sentence that follows the name: what is wrong and what would be right.</param>
public sealed record SettingFault(string Setting, string Reason);
