using MlxVideo.Shared.Errors;

namespace MlxVideo.Shared.Safetensors;

/// <summary>An unreadable safetensors file. The message names the file and the fault.</summary>
public sealed class SafetensorsException(string path, string error, Exception? inner = null)
    : IOException($"{path} is not a readable safetensors file: {error}", inner), IBadInput
{
    /// <summary>Path of the file.</summary>
    public string Path { get; } = path;
}
