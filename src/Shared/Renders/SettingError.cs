namespace MlxVideo.Shared.Renders;

/// <summary>An invalid setting.</summary>
/// <param name="Setting">Name of the setting as a CSV column: <c>num_frames</c>.</param>
/// <param name="Reason">One-sentence error with the remedy, to be shown after the name.</param>
public sealed record SettingError(string Setting, string Reason);
