using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Media.Sound;

/// <summary>A chain of audio filters that ffmpeg refuses; the message contains the chain and ffmpeg's reason.</summary>
public sealed class AudioFilterException(string message) : MediaException(message), IBadInput;
