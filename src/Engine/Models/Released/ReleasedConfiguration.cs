using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Models.Released;

/// <summary>Configurations for checkpoints without one, because conversions drop a file's metadata.</summary>
internal static class ReleasedConfiguration
{
    private const string Beside = "embedded_config.json";
    private const string Of20 = "ltx-2.0-19b.json";

    /// <summary>Returns the configuration stored with a conversion, or that of LTX-2.0 19B.</summary>
    public static ConfigSection FromFolderOrLtx20(string folder)
    {
        var file = Path.Combine(folder, Beside);
        if (File.Exists(file))
            return ConfigSection.Read(file);
        using var reader =
            new StreamReader(typeof(ReleasedConfiguration).Assembly.GetManifestResourceStream(typeof(ReleasedConfiguration), Of20)!);
        return ConfigSection.Parse($"the configuration of {Path.GetFileNameWithoutExtension(Of20)}", reader.ReadToEnd());
    }
}
