using MlxVideo.Shared.Processes;

namespace MlxVideo.Cli.Files;

/// <summary>Locations of this installation's files.</summary>
public static class Installation
{
    /// <summary>The <c>dotnet</c> program.</summary>
    public static string Dotnet => DotnetHost.Program;

    /// <summary>Path of the CSV in the source tree.</summary>
    /// <exception cref="FileNotFoundException">The program does not run from a checkout.</exception>
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

            throw new FileNotFoundException("No parent folder of the program contains examples/prompts.csv: specify a CSV with --csv.");
        }
    }

    /// <summary>Returns the path of a daemon's assembly from the same build.</summary>
    /// <param name="project">Name of the project: <c>Coordinator</c> or <c>Worker</c>.</param>
    public static string Daemon(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var assembly = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"MlxVideo.{project}.dll");
        return File.Exists(assembly)
            ? assembly
            : throw new FileNotFoundException($"{assembly} is missing: run './mlx-video build'.");
    }
}
