namespace MlxVideo.Engine.Diagnostics;

/// <summary>The trial of a faster or undocumented function of libtorch, which renders do without if it fails.</summary>
/// <param name="Feature">Name of the function.</param>
/// <param name="IsApproved">True when it works and has an advantage.</param>
/// <param name="Finding">What was found, as a sentence without a full stop.</param>
public sealed record FeatureResult(string Feature, bool IsApproved, string Finding);
