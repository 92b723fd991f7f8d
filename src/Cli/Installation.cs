namespace MlxVideo.Cli;

/// <summary>Where the parts of this installation lie.</summary>
public static class Installation
{
    /// <summary>The program that runs .NET assemblies: the one that runs this process.</summary>
    public static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>The CSV that comes with the sources.</summary>
    /// <exception cref="FileNotFoundException">This is not a checkout.</exception>
    public static string ExampleCsv
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var csv = Path.Combine(folder.FullName, "examples", "prompts.csv");
                if (File.Exists(csv))
                    return csv;
            }

            throw new FileNotFoundException("There is no examples/prompts.csv above the program; name a CSV with --csv.");
        }
    }

    /// <summary>The user's cache folder for this program.</summary>
    public static string CacheFolder
    {
        get
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var caches = OperatingSystem.IsMacOS()
                ? Path.Combine(home, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".cache");
            return Path.Combine(caches, "mlx-video");
        }
    }

    /// <summary>The assembly of one of the daemons, built beside this one.</summary>
    public static string Daemon(string project) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, "release", $"MlxVideo.{project}.dll"));
}
