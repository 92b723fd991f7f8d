namespace MlxVideo.Shared.Inputs;

/// <summary>A file of a clip that can't be used.</summary>
/// <param name="setting">Name of the setting that refers to it.</param>
/// <param name="message">One sentence with the remedy.</param>
public sealed class InputException(string setting, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Name of the setting that refers to the file.</summary>
    public string Setting { get; } = setting;
}
