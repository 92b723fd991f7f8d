namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Location of the reference data: the folder named by <c>MLXVIDEO_GOLDEN</c>, or tests/golden of this checkout.</summary>
public static class GoldenRoot
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("MLXVIDEO_GOLDEN") is { Length: > 0 } folder
        ? System.IO.Path.GetFullPath(folder)
        : System.IO.Path.Combine(Checkout(), "tests", "golden");

    /// <summary>Whether the folder holds all reference data: tests/golden, a subset, lacks the vocoders.</summary>
    public static bool IsComplete => Directory.Exists(Path("vocoder"));

    /// <summary>Returns the path of a folder or file below the root.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Folder, .. parts]);

    internal static string Checkout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "MlxVideo.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("The tests run outside a checkout; set MLXVIDEO_GOLDEN to the folder of the reference data.");
    }
}
