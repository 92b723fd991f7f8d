using MlxVideo.Shared.Errors;

namespace MlxVideo.Shared.Safetensors;

/// <summary>A safetensors file that can't be read as one: the message names the file and what is wrong in it.</summary>
public sealed class SafetensorsException(string path, string fault, Exception? inner = null)
    : IOException($"{path} is not a readable safetensors file: {fault}", inner), IBadInput
{
    /// <summary>The file at fault.</summary>
    public string Path { get; } = path;
}
