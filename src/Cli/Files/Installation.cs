namespace MlxVideo.Cli.Files;

/// <summary>Where the parts of this installation lie.</summary>
public static class Installation
{
    /// <summary>The program that runs .NET assemblies: the one that runs this process.</summary>
    public static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";

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

    /// <summary>The assembly of one of the daemons, built beside this one.</summary>
    /// <param name="project">Name of its project: <c>Coordinator</c>.</param>
    public static string Daemon(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var assembly = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"MlxVideo.{project}.dll");
        return File.Exists(assembly)
            ? assembly
            : throw new FileNotFoundException($"{assembly} is missing; build it with './mlx-video build'.");
    }
}
